import Foundation
import TestSupport

/// Programs that stand in for `mpirun` and Slurm's, so that a script's decisions show without a cluster.
struct StandIn {
  let directory: String

  /// Calls `body` with a directory of programs in front of the path, and the directory of a run that has begun in it.
  /// - Parameters:
  ///   - mpirun: a bash script; `$attempt` counts its calls from 1, `$run` is the run directory, `save N` makes the
  ///     checkpoint of epoch N. It is `srun`, too.
  ///   - scontrol: another one.
  static func with(
    mpirun: String, scontrol: String = "echo scontrol $*", _ body: (StandIn) throws -> Void
  ) throws {
    try temporaryDirectory { directory in
      let standIn = StandIn(directory: directory.path)
      try FileManager.default.createDirectory(atPath: standIn.run, withIntermediateDirectories: true)
      try "".write(toFile: "\(standIn.run)/config.yaml", atomically: true, encoding: .utf8)
      for launcher in ["mpirun", "srun"] {
        try standIn.write(
          launcher,
          """
          echo started >>\(directory.path)/attempts
          attempt=$(wc -l <\(directory.path)/attempts)
          run=\(standIn.run)
          save() { mkdir -p $run/checkpoints && touch $run/checkpoints/epoch-0000$1.safetensors; }
          \(mpirun)
          """)
      }
      try standIn.write("scontrol", scontrol)
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
  func run(
    _ script: String, _ arguments: [String] = [], environment: [String: String] = [:], timeout: Duration = .seconds(60)
  ) throws -> Outcome {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try TestSupport.run(
      "bash", [ClusterScript.path(script)] + arguments,
      environment: environment.merging(["PATH": "\(directory):\(path)"]) { $1 }, timeout: timeout)
  }

  /// What makes bash send itself a signal between starting the training and noting its process number. Scripts cannot
  /// prevent that, only notice it.
  func signalAtStart(_ signal: String) throws -> [String: String] {
    let path = "\(directory)/bash-env"
    try "trap '[[ $BASH_COMMAND != *\\$! || -n ${sent-} ]] || { sent=yes; kill -\(signal) $$; }' DEBUG\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    return ["BASH_ENV": path]
  }

  private func write(_ name: String, _ text: String) throws {
    let path = "\(directory)/\(name)"
    try "#!/bin/bash\n\(text)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }
}
