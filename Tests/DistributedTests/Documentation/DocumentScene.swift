import Foundation
import TestSupport

/// A directory that looks like a checkout that was built, with stand-ins for programs that cannot run in a test.
struct DocumentScene {
  private let directory: URL

  init(_ directory: URL) { self.directory = directory }

  /// The stand-ins come first on the path, then this package's programs.
  var environment: [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return mpiEnvironment.merging([
      "PATH": "\(directory.path)/stand-ins:\(productsDirectory.path):\(path)", "HOME": "\(directory.path)/home",
      "OMPI_MCA_rmaps_base_oversubscribe": "1",
    ]) { $1 }
  }

  func layOut() throws {
    for folder in ["steps", "stand-ins", "home", ".build", "runs"] {
      try FileManager.default.createDirectory(
        at: directory.appending(path: folder), withIntermediateDirectories: true)
    }
    // Copies, because commands may write; by cp, because they should belong to who runs the tests.
    let entries = ["scripts", "cluster", "Sources", "README.md", "CONTRIBUTING.md"]
    let copied = try run("cp", ["-r"] + entries.map(ClusterScript.path) + [directory.path])
    guard copied.exitCode == 0 else { throw ProcessError(description: "\(copied)") }
    try FileManager.default.createSymbolicLink(
      atPath: directory.appending(path: ".build/release").path, withDestinationPath: productsDirectory.path)
    try SyntheticDigits.writeFiles(to: directory.appending(path: "idx"), trainingRows: 640)
    // No more ranks than can be bound to cores.
    try write("hosts", "localhost slots=\(min(2, ProcessInfo.processInfo.processorCount))\n")
    for (name, script) in DocumentTables.standIns {
      try writeProgram(name, "echo \(name) >>'\(directory.path)/called'\n\(script)")
    }
    if let interpreter = DocumentTables.tensorboard {
      try writeProgram("tensorboard", "exec '\(interpreter)' -m tensorboard.main \"$@\"")
    }
    if let interpreter = DocumentTables.interpreter, interpreter.contains("/") {
      try writeProgram("python3", "exec '\(interpreter)' \"$@\"")
    }
  }

  func write(_ name: String, _ text: String) throws {
    try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
  }

  private func writeProgram(_ name: String, _ script: String) throws {
    try write("stand-ins/\(name)", "#!/bin/bash\n\(script)\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: directory.appending(path: "stand-ins/\(name)").path)
  }
}
