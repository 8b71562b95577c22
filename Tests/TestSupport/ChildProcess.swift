package import Foundation

/// A running program in a process group of its own, with its output in files: pipes would have to be drained while
/// it runs, and `Foundation.Process` cannot end the children of its child.
package struct ChildProcess {
  /// Its process.
  package let identifier: pid_t
  private let stdout: String
  private let stderr: String

  /// Starts `command[0]`, found on `PATH` (`posix_spawnp`).
  init(_ command: [String], environment: [String: String], stdout: String, stderr: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (descriptor, path) in [(STDOUT_FILENO, stdout), (STDERR_FILENO, stderr)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    // A file of HDF5 that a test beside this one writes would stay locked for as long as the program runs.
    for descriptor in (STDERR_FILENO + 1)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    posix_spawnattr_setpgroup(&attributes, 0)
    // Tests may run on threads that block all signals, and in a background job that ignores SIGINT. The program must
    // inherit neither.
    var (noSignals, allSignals) = (sigset_t(), sigset_t())
    sigemptyset(&noSignals)
    sigfillset(&allSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setsigdefault(&attributes, &allSignals)

    var identifier: pid_t = 0
    let code = withCStrings(command) { arguments in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
        posix_spawnp(&identifier, command[0], &actions, &attributes, arguments, variables)
      }
    }
    guard code == 0 else {
      throw ProcessError(description: "cannot run \(command[0]): \(String(cString: strerror(code)))")
    }
    (self.identifier, self.stdout, self.stderr) = (identifier, stdout, stderr)
  }

  /// What it has said so far on standard output.
  package var reports: String { Self.text(stdout) }

  /// What it has said so far on standard error.
  package var complaints: String { Self.text(stderr) }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  /// The processes that it started, such as the ranks of `mpirun`.
  package var children: [pid_t] {
    let path = "/proc/\(identifier)/task/\(identifier)/children"
    return Self.text(path).split(separator: " ").compactMap { pid_t($0) }
  }

  /// Returns when `condition` holds.
  /// - Throws: when that takes longer than two minutes, or the program ends before.
  package func wait(until condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try !condition() {
      guard ContinuousClock.now < deadline, !hasEnded else {
        throw ProcessError(description: "waited in vain for a running program\n\(complaints)")
      }
      usleep(2000)
    }
  }

  /// Leaves what became of it for `wait(timeout:)`.
  private var hasEnded: Bool {
    var information = siginfo_t()
    waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT)
    return information._sifields._sigchld.si_pid == identifier
  }

  /// The exit code, or `nil` if the program had to be ended.
  ///
  /// SIGTERM comes first, because `mpirun` passes it on to ranks outside its process group.
  func wait(timeout: Duration) throws -> Int32? {
    if let exitCode = try poll(for: timeout) { return exitCode }
    kill(-identifier, SIGTERM)
    if try poll(for: .seconds(5)) == nil {
      kill(-identifier, SIGKILL)
      _ = try poll(for: .seconds(5))
    }
    return nil
  }

  private func poll(for timeout: Duration) throws -> Int32? {
    let deadline = ContinuousClock.now + timeout
    repeat {
      var status: Int32 = 0
      switch waitpid(identifier, &status, WNOHANG) {
      case identifier: return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
      case 0: usleep(5000)
      default: throw ProcessError(description: "waitpid: \(String(cString: strerror(errno)))")
      }
    } while ContinuousClock.now < deadline
    return nil
  }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let pointers = strings.map { strdup($0) }
  defer { for pointer in pointers { free(pointer) } }
  return body(pointers + [nil])
}
