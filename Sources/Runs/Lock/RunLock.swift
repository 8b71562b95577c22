internal import Foundation
internal import Storage

/// The lock of a run directory: one session at a time trains in it.
///
/// It is a file that names its owner, because not every shared file system has locks of the kernel. A session that finds
/// the file of another
/// - on the same kernel: asks it whether that process is there;
/// - elsewhere: watches whether the owner still counts its heartbeat up.
///
/// An owner that is gone is replaced. Two sessions that replace it at the same moment cannot be told apart everywhere;
/// the owner therefore checks before every checkpoint that the lock is still its own.
package final class RunLock: Sendable {
  private let file: LockFile
  private let owner: LockOwner
  private let descriptor: Int32
  private let heartbeat: PeriodicThread

  /// How long sessions look at each other.
  package struct Timing: Sendable {
    /// Seconds between two beats.
    package var interval = 5.0
    /// Seconds without a beat after which an owner elsewhere is gone.
    package var patience = 20.0
    /// Seconds for a process that has just been killed to end.
    package var dying = 5.0

    package init() {}
  }

  /// Takes the lock of a directory. That of an owner elsewhere who is gone takes `timing.patience`.
  /// - Throws: `RunError` when another session has it, `StorageError` when it cannot be written.
  package static func acquire(_ directory: RunDirectory, timing: Timing = Timing()) throws -> RunLock {
    let file = LockFile(path: directory.lockPath)
    let owner = LockOwner.current()
    while true {
      if let descriptor = try file.create(owner) { return RunLock(file, owner, descriptor, timing) }
      guard let found = try file.read() else { continue }
      try awaitEnd(of: found, in: file, directory, timing)
      if let descriptor = try replace(found, in: file, by: owner) { return RunLock(file, owner, descriptor, timing) }
    }
  }

  /// Returns when the owner is gone.
  /// - Throws: `RunError` when it is not.
  private static func awaitEnd(
    of found: LockFile.Content, in file: LockFile, _ directory: RunDirectory, _ timing: Timing
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    var verdict = found.owner?.verdict ?? .unknown
    while verdict != .gone {
      // It may be given up meanwhile.
      guard let now = try file.read() else { return }
      let waited = (clock.now - start) / .seconds(1)
      if verdict == .unknown {
        guard now == found else { throw refusal(found.owner, directory) }
        if waited > timing.patience { return }
      } else if waited > timing.dying {
        throw refusal(found.owner, directory)
      }
      usleep(50_000)
      verdict = found.owner?.verdict ?? .unknown
    }
  }

  private static func refusal(_ owner: LockOwner?, _ directory: RunDirectory) -> RunError {
    let who = owner.map { ": \($0)" } ?? ""
    return RunError(
      "another session trains in \(directory.path)\(who). Stop it first, or name another directory with --run")
  }

  /// - Returns: nil when somebody else was faster.
  private static func replace(
    _ found: LockFile.Content, in file: LockFile, by owner: LockOwner
  ) throws -> Int32? {
    // Sessions on one host do this one after the other, where the file system can lock.
    let folder = open(Storage.directory(of: file.path), O_RDONLY | O_CLOEXEC)
    defer { close(folder) }
    let isAlone = flock(folder, LOCK_EX) == 0
    guard try file.read() == found else { return nil }
    let descriptor = try file.replace(owner)
    if !isAlone { usleep(200_000) }
    guard try file.read()?.owner == owner else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  private init(_ file: LockFile, _ owner: LockOwner, _ descriptor: Int32, _ timing: Timing) {
    (self.file, self.owner, self.descriptor) = (file, owner, descriptor)
    heartbeat = PeriodicThread(name: "run lock", interval: timing.interval) { [descriptor, owner] in
      LockFile.beat(descriptor, owner, count: $0)
    } finally: { [descriptor] in
      close(descriptor)
    }
  }

  deinit { release() }

  /// - Throws: `LockLostError` when another session has taken the lock: this one was thought dead.
  package func check() throws(LockLostError) {
    // A file that cannot be read now says nothing of other sessions.
    guard let content = try? file.read(), let other = content.owner, other != owner else { return }
    throw LockLostError(
      "another session trains in \(directory(of: file.path)): \(other). It found no sign of life of this one, which "
        + "ends and writes no more checkpoints")
  }

  /// Gives the lock up, if it is still this session's.
  package func release() {
    guard heartbeat.end() else { return }
    if (try? file.read())?.owner == owner { unlink(file.path) }
  }
}

/// Another session has taken the run directory: this one must write nothing there any more.
package struct LockLostError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
