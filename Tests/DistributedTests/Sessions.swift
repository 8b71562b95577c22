import Foundation
import TestSupport
import Testing

/// One run in several sessions, each ended from outside, beside the same run undisturbed.
struct Sessions {
  let run: String
  let dataset: String
  let ranks: Int
  /// 594 of them for training.
  static let rows = 660
  static let stepsPerEpoch = 60
  private let training = ["--preset", "mnist", "--batch-size", "10", "--log-steps", "1"]

  /// Far more epochs than a session lasts.
  private static let endless = "100000"

  init(_ directory: String, _ dataset: String, ranks: Int) {
    (run, self.dataset, self.ranks) = ("\(directory)/run", dataset, ranks)
  }

  /// Trains on until some more steps are logged, then lets `interrupt` end the job.
  func session(
    steps: Int, _ options: [String] = [], interrupt: (ChildProcess) throws -> Void
  ) throws -> Outcome {
    let start = RunFiles.lastStep(run)
    let arguments = ["train"] + training + ["--data", dataset, "--run", run, "--continue", "--epochs", Self.endless]
    return try mpirun(ranks: ranks, "mhvae-dist", arguments + options) { job in
      try job.wait { RunFiles.lastStep(run) >= start + steps }
      try interrupt(job)
    }
  }

  /// Trains to the end of an epoch that no session has begun, and expects the files of the undisturbed run.
  /// - Returns: the outcome of the last session.
  @discardableResult
  func expectUndisturbedResult(
    _ options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    let epochs = RunFiles.lastStep(run) / Self.stepsPerEpoch + 2
    let arguments = ["train"] + training + ["--data", dataset, "--epochs", "\(epochs)"] + options
    let last = try mpirun(ranks: ranks, "mhvae-dist", arguments + ["--run", run, "--continue"])
    #expect(last.exitCode == 0, "\(last)", sourceLocation: sourceLocation)
    let whole = "\(run)-whole"
    let undisturbed = try mpirun(ranks: ranks, "mhvae-dist", arguments + ["--run", whole])
    #expect(undisturbed.exitCode == 0, "\(undisturbed)", sourceLocation: sourceLocation)
    #expect(try RunFiles.stepLosses(run) == RunFiles.stepLosses(whole), sourceLocation: sourceLocation)
    #expect(try RunFiles.epochs(run) == Array(1...epochs), sourceLocation: sourceLocation)
    #expect(try RunFiles.losses(run) == RunFiles.losses(whole), sourceLocation: sourceLocation)
    let steps = try [run, whole].map { try EventFiles.steps($0) }
    #expect(
      steps[0] == steps[1] && steps[0]["loss/step"]?.count == Self.stepsPerEpoch * epochs,
      sourceLocation: sourceLocation)
    let bytes = try [run, whole].map { try Data(contentsOf: URL(filePath: RunFiles.lastCheckpoint($0))) }
    #expect(bytes[0] == bytes[1], "the last checkpoints differ", sourceLocation: sourceLocation)
    return last
  }
}

extension RunFiles {
  /// The last step in `steps.jsonl`, while it may be written; 0 if there is none.
  static func lastStep(_ run: String) -> Int {
    let text = String(decoding: FileManager.default.contents(atPath: "\(run)/steps.jsonl") ?? Data(), as: UTF8.self)
    let steps = text.split(separator: "\n").suffix(2).compactMap { line in
      (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["step"] as? Int
    }
    return steps.last ?? 0
  }

  /// Losses on training and validation rows, epoch after epoch.
  static func losses(_ run: String) throws -> [Double] {
    try lines("\(run)/metrics.jsonl").flatMap { record in
      try ["training", "validation"].map { key in
        try #require((record[key] as? [String: Any])?["loss"] as? Double)
      }
    }
  }

  /// Names in the directory of checkpoints, hidden ones too.
  static func checkpointNames(_ run: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(run)/checkpoints").sorted()
  }
}
