package import Foundation

/// What a program did.
package struct Outcome: Sendable, CustomStringConvertible {
  /// As a shell reports it: 128 and the signal's number if a signal ended the program.
  package let exitCode: Int32
  package let stdout: String
  package let stderr: String

  /// Lines of standard error, but for warnings, such as that ranks outnumber cores.
  package var errors: [Substring] { stderr.split(separator: "\n").filter { !$0.contains(": warning: ") } }

  /// Everything, for the message of an expectation.
  package var description: String { "exit code \(exitCode)\n--- stdout\n\(stdout)\n--- stderr\n\(stderr)" }
}

/// A program that could not be run to its end.
package struct ProcessError: Error, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }
}

/// Runs a program to its end and returns what it printed.
///
/// - Parameters:
///   - executable: a path, or a name to look for on `PATH`.
///   - environment: added to the environment of the tests; an empty value removes the variable.
///   - timeout: after it the program's process group gets SIGTERM, then SIGKILL, and the call throws.
///   - meanwhile: done while the program runs, such as sending it signals.
@discardableResult
package func run(
  _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
  timeout: Duration = .seconds(300), meanwhile: (ChildProcess) throws -> Void = { _ in }
) throws -> Outcome {
  try temporaryDirectory { directory in
    let (stdout, stderr) = (directory.appending(path: "stdout"), directory.appending(path: "stderr"))
    let child = try ChildProcess(
      [executable] + arguments, environment: childEnvironment(adding: environment), stdout: stdout.path,
      stderr: stderr.path)
    do {
      try meanwhile(child)
    } catch {
      _ = try child.wait(timeout: .zero)
      throw error
    }
    let exitCode = try child.wait(timeout: timeout)
    let outcome = Outcome(exitCode: exitCode ?? -1, stdout: try text(of: stdout), stderr: try text(of: stderr))
    guard exitCode != nil else {
      throw ProcessError(
        description: "\(executable) \(arguments.joined(separator: " ")) took longer than \(timeout)\n\(outcome)")
    }
    return outcome
  }
}

/// Calls `body` with a new empty directory, which is removed afterwards.
package func temporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "mhvae-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try body(directory)
}

private func text(of file: URL) throws -> String {
  String(decoding: try Data(contentsOf: file), as: UTF8.self)
}

/// The environment of the tests, without what a launcher or the test script may have left in it, and with `changes`.
private func childEnvironment(adding changes: [String: String]) -> [String: String] {
  let launchers = ["OMPI_COMM_", "PMI_", "PMIX_"]
  return ProcessInfo.processInfo.environment
    .filter { variable in !launchers.contains { variable.key.hasPrefix($0) } }
    .merging(["NO_COLOR": ""]) { $1 }
    .merging(changes) { $1 }
    .filter { !$0.value.isEmpty }
}
