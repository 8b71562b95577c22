import Foundation
import TestSupport

/// Programs that stand in for `mpirun` and Slurm's, so that a script's decisions show without a cluster.
struct StandIn {
  let directory: String

  /// Calls `body` with a directory of programs in front of the path, and an empty run directory in it.
  /// - Parameter mpirun: a bash script; `$attempt` counts its calls from 1, `$run` is the run directory.
  static func with(mpirun: String, _ body: (StandIn) throws -> Void) throws {
    try temporaryDirectory { directory in
      let standIn = StandIn(directory: directory.path)
      try FileManager.default.createDirectory(atPath: standIn.run, withIntermediateDirectories: true)
      try standIn.write(
        "mpirun",
        """
        echo started >>\(directory.path)/attempts
        attempt=$(wc -l <\(directory.path)/attempts)
        run=\(standIn.run)
        \(mpirun)
        """)
      try standIn.write("scontrol", "echo scontrol $*")
      try standIn.write("mhvae-dist", "exit 1")
      try body(standIn)
    }
  }

  var run: String { "\(directory)/run" }

  /// How often `mpirun` was started.
  func attempts() throws -> Int {
    try String(contentsOfFile: "\(directory)/attempts", encoding: .utf8).split(separator: "\n").count
  }

  /// Runs a script of the package beside the stand-ins.
  func run(_ script: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws -> Outcome {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try TestSupport.run(
      "bash", [ClusterScript.path(script)] + arguments,
      environment: environment.merging(["PATH": "\(directory):\(path)"]) { $1 }, timeout: .seconds(60))
  }

  private func write(_ name: String, _ text: String) throws {
    let path = "\(directory)/\(name)"
    try "#!/bin/bash\n\(text)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }
}
