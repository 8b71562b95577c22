import Foundation
import TestSupport
import Testing

/// Runs that go on from a checkpoint within an epoch, which here is step 70 of twice 60.
@Suite(.serialized) struct WithinEpochTests {
  /// 594 of them for training.
  private static let rows = 660
  private static let step = 70
  private let training = ["--preset", "mnist", "--batch-size", "10", "--epochs", "2"]

  /// Takes the end of the second epoch away.
  private func rewind(_ run: String, step: String = "070") throws {
    let names = ["best.safetensors", "epoch-00001.safetensors", "epoch-00002-step-000000\(step).safetensors"]
    #expect(try RunFiles.checkpointNames(run) == names + ["epoch-00002.safetensors", "last.safetensors"])
    try FileManager.default.removeItem(atPath: "\(run)/checkpoints/epoch-00002.safetensors")
  }

  private func lastBytes(_ run: String) throws -> Data {
    try Data(contentsOf: URL(filePath: RunFiles.lastCheckpoint(run)))
  }

  @Test(
    "A run goes on from within an epoch to the bit, on any number of ranks and by either exchange", arguments: 1...4)
  func sameRanks(ranks: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: Self.rows) { directory, dataset in
      for way in ["shared", "all-reduce"] {
        let run = "\(directory)/\(way)"
        let common = ["--data", dataset, "--run", run, "--exchange", way]
        try train(ranks: ranks, training + common + ["--checkpoint-every-steps", "\(Self.step)"])
        let (losses, bytes) = (try RunFiles.stepLosses(run), try lastBytes(run))
        try rewind(run)
        try train(ranks: ranks, common + ["--resume"])
        #expect(try RunFiles.stepLosses(run) == losses && lastBytes(run) == bytes, "\(way)")
        #expect(try RunFiles.epochs(run) == [1, 2])
      }
    }
  }

  /// The tolerance of fully connected batch norms; see `RankCountTests`.
  @Test("On another number of ranks it goes on with the same losses", arguments: [(2, 1), (2, 3), (1, 4), (3, 2)])
  func otherRanks(first: Int, second: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: Self.rows) { directory, dataset in
      let common = ["--data", dataset, "--run", "\(directory)/run"]
      try train(ranks: first, training + common + ["--checkpoint-every-steps", "\(Self.step)"])
      let losses = try RunFiles.stepLosses("\(directory)/run")
      try rewind("\(directory)/run")
      try train(ranks: second, common + ["--resume"])
      let found = try RunFiles.stepLosses("\(directory)/run")
      #expect(found.count == 120 && found.prefix(Self.step) == losses.prefix(Self.step))
      #expect(largestDifference(Array(found[Self.step...]), Array(losses[Self.step...])) <= 1e-2)
      #expect(try RunFiles.epochs("\(directory)/run") == [1, 2])
    }
  }

  @Test(
    "With convolutions the next 50 losses are the same to 1e-4",
    .enabled(if: FashionRows.areThere, "needs Debian's package dataset-fashion-mnist"))
  func convolutions() throws {
    try FashionRows.withDataset { directory, dataset in
      let common = ["--preset", "fashion-mnist", "--data", dataset, "--epochs"]
      try train(ranks: 2, common + ["2", "--run", "\(directory)/whole"])
      let losses = try RunFiles.stepLosses("\(directory)/whole")
      try train(ranks: 2, common + ["1", "--run", "\(directory)/first", "--checkpoint-every-steps", "30"])
      // Takes the end of the epoch away, after 51 steps.
      try FileManager.default.removeItem(atPath: "\(directory)/first/checkpoints/epoch-00001.safetensors")
      for ranks in 1...4 {
        let run = "\(directory)/\(ranks)"
        try FileManager.default.copyItem(atPath: "\(directory)/first", toPath: run)
        try train(ranks: ranks, ["--data", dataset, "--run", run, "--resume", "--epochs", "2"])
        let found = try RunFiles.stepLosses(run)
        #expect(found.count == 102 && found.prefix(30) == losses.prefix(30))
        #expect(largestDifference(Array(found[30..<80]), Array(losses[30..<80])) <= 1e-4, "\(ranks) ranks")
      }
    }
  }

  /// 90 steps an epoch, and 1.4 MB of rows for each rank.
  @Test("Streamed rows are taken up within their window, and checkpoints change nothing")
  func streamed() throws {
    try SyntheticDigits.withDataset(trainingRows: 4000) { directory, dataset in
      let (whole, run) = ("\(directory)/whole", "\(directory)/run")
      let arguments = ["--preset", "mnist", "--batch-size", "40", "--epochs", "2", "--data", dataset]
      let common = arguments + ["--shard-memory", "1"]
      try train(ranks: 2, arguments + ["--run", whole])
      try train(ranks: 2, common + ["--run", run, "--checkpoint-every-steps", "100"])
      #expect(try lastBytes(run) == lastBytes(whole))
      try rewind(run, step: "100")
      try train(ranks: 2, common + ["--run", run, "--continue"])
      #expect(try RunFiles.stepLosses(run) == RunFiles.stepLosses(whole))
      #expect(try lastBytes(run) == lastBytes(whole))
    }
  }

  @Test("However often checkpoints are written, the run is the same, and the one before the last is kept")
  func byTime() throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try Data(SensorData.configuration(family: "mhvae").utf8).write(to: URL(filePath: configuration))
      let (whole, run) = ("\(directory)/whole", "\(directory)/run")
      let common = ["--config", configuration, "--data", dataset, "--epochs", "2", "--run"]
      try train(ranks: 2, common + [whole])
      // After every step of the twice ten.
      try train(ranks: 2, common + [run, "--checkpoint-every-minutes", "0.0000001"])
      #expect(try lastBytes(run) == lastBytes(whole))
      // Which of the last steps depends on how long the one before took to write.
      let within = try RunFiles.checkpointNames(run).filter { $0.contains("-step-") }
      #expect(within.count <= 1 && within.allSatisfy { $0.hasPrefix("epoch-00002-step-") }, "\(within)")
    }
  }

  @Test("A flipped byte in the newest checkpoint: the one before it is taken, with a warning")
  func flippedByte() throws {
    try SyntheticDigits.withDataset(trainingRows: Self.rows) { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 2, training + ["--data", dataset, "--run", run, "--checkpoint-every-steps", "\(Self.step)"])
      let (losses, bytes) = (try RunFiles.stepLosses(run), try lastBytes(run))
      let newest = URL(filePath: "\(run)/checkpoints/epoch-00002.safetensors")
      var damaged = bytes
      damaged[damaged.count / 2] ^= 1
      try damaged.write(to: newest)
      let outcome = try mpirun(
        ranks: 2, "mhvae-dist", ["train", "--data", dataset, "--run", run, "--resume", "--log-steps", "1"])
      #expect(outcome.exitCode == 0, "\(outcome)")
      for word in ["warning", "epoch-00002.safetensors", "damaged"] {
        #expect(outcome.stderr.contains(word), "\(outcome)")
      }
      #expect(try RunFiles.stepLosses(run) == losses && lastBytes(run) == bytes)
    }
  }
}
