import Foundation
import Storage
import TestSupport
import Testing

/// A loss or gradient that is not finite stops all ranks before weights change, and the message says where it began.
@Suite(.serialized) struct NonFiniteTests {
  /// 480 rows in 48 partitions of ten: row 315 is in partition 31, which belongs to the last of two, three and four
  /// ranks.
  private static let row = 315

  private func arguments(_ directory: String, _ dataset: String, family: String = "mhvae") throws -> [String] {
    let configuration = "\(directory)/configuration.yaml"
    try SensorData.configuration(family: family).write(toFile: configuration, atomically: true, encoding: .utf8)
    return ["train", "--config", configuration, "--data", dataset, "--run", "\(directory)/run"]
  }

  private func expectFailure(
    ranks: Int, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let outcome = try mpirun(ranks: ranks, "mhvae-dist", arguments)
    #expect(outcome.exitCode == 1, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.errors.count == 1, "\(outcome)", sourceLocation: sourceLocation)
    return outcome.stderr
  }

  @Test(
    "One row whose squares overflow: rank, step, term and row are named", arguments: SensorData.families,
    [["--exchange", "shared"], ["--exchange", "all-reduce"]])
  func nonFiniteRow(family: String, exchange: [String]) throws {
    try SensorData.withDataset(overwrittenRows: [Self.row: 3e20]) { directory, dataset in
      let text = try expectFailure(ranks: 2, try arguments(directory, dataset, family: family) + exchange)
      #expect(text.contains("the loss is not finite: rank 1 ("), "\(text)")
      #expect(text.contains("sensor") && text.contains(", row \(Self.row) of the training split"), "\(text)")
      #expect(text.contains(#/error: step \d+:/#), "\(text)")
    }
  }

  @Test("With several draws a row the same is named")
  func severalDraws() throws {
    try SensorData.withDataset(overwrittenRows: [Self.row: 3e20]) { directory, dataset in
      let several = [
        "--set", "training.objective=iwae", "--set", "training.draws=3", "--set", "training.ema_decay=0.9",
      ]
      let text = try expectFailure(ranks: 2, try arguments(directory, dataset) + several)
      #expect(text.contains("sensor") && text.contains(", row \(Self.row) of the training split"), "\(text)")
    }
  }

  @Test("The step that is named is the one that takes the row, on any number of ranks", arguments: 1...4)
  func step(ranks: Int) throws {
    try SensorData.withDataset(overwrittenRows: [Self.row: 3e20]) { directory, dataset in
      let steps = "\(directory)/run/steps.jsonl"
      let text = try expectFailure(ranks: ranks, try arguments(directory, dataset) + ["--log-steps", "1"])
      // Every step before it was taken and logged, it was not.
      let taken = try String(contentsOfFile: steps, encoding: .utf8).split(separator: "\n").count
      #expect(text.contains("error: step \(taken + 1): "), "\(text)")
      #expect(text.contains("rank \(31 * ranks / 48) ("), "\(text)")
    }
  }

  @Test("A gradient that is not finite although the loss is: its tensor is named")
  func nonFiniteGradient() throws {
    // Latents are drawn with a deviation of e^40 or so: what is squared then is finite, what is multiplied enormous.
    try SensorData.withDataset(overwrittenRows: [Self.row: 300]) { directory, dataset in
      let text = try expectFailure(ranks: 2, try arguments(directory, dataset))
      #expect(text.contains("error: step 5: a gradient is not finite, or enormous: rank 1 ("), "\(text)")
      #expect(text.contains(#/gradient of [a-z.]+sensor[a-z.]+, row 315 of the training split/#), "\(text)")
    }
  }

  @Test("Data far too large for a Gaussian is named with its range, and what to do about it")
  func largeData() throws {
    let large = Dictionary(uniqueKeysWithValues: (0..<480).map { ($0, Float($0 % 2 == 0 ? 1e6 : -2e6)) })
    try SensorData.withDataset(overwrittenRows: large) { directory, dataset in
      let text = try expectFailure(ranks: 2, try arguments(directory, dataset))
      #expect(text.contains("error: step 1: "), "\(text)")
      #expect(text.contains("the values of sensor go from -2000000.0 to 1000000.0"), "\(text)")
      #expect(text.contains("Standardise them"), "\(text)")
      #expect(!text.contains("diverged"), "\(text)")
    }
  }

  @Test("Data that are too large, but not so large that a step fails, are named in a warning")
  func farData() throws {
    let far = Dictionary(uniqueKeysWithValues: (0..<480).map { ($0, Float($0 % 2 == 0 ? 100 : -100)) })
    try SensorData.withDataset(overwrittenRows: far) { directory, dataset in
      let outcome = try mpirun(ranks: 2, "mhvae-dist", try arguments(directory, dataset))
      #expect(
        outcome.stderr.contains("warning: the values of sensor are far from a mean of 0 and a variance of 1: "),
        "\(outcome)")
    }
  }

  @Test("So are those of a likelihood of absolute distances, and those that most rows lack")
  func furtherFarData() throws {
    let far = Dictionary(uniqueKeysWithValues: (0..<480).map { ($0, Float($0 % 2 == 0 ? 500 : -500)) })
    try SensorData.withDataset(overwrittenRows: far) { directory, complete in
      let dataset = "\(directory)/gaps.h5"
      let dropped = try run(
        product("mhvae-pack"),
        ["drop", complete, "--fraction", "0.8", "--modality", "sensor", "--only", "train", "--output", dataset])
      #expect(dropped.exitCode == 0, "\(dropped)")
      let outcome = try mpirun(
        ranks: 2, "mhvae-dist",
        try arguments(directory, dataset) + [
          "--set", "model.modalities.sensor.likelihood=laplace", "--set",
          "model.modalities.sensor.encoder=[{linear: 8, norm: batch, activation: relu}]",
        ])
      #expect(
        outcome.stderr.contains("warning: the values of sensor are far from a mean of 0 and a variance of 1: "),
        "\(outcome)")
    }
  }

  @Test("Counts far too large are named with their range, and what to do about them")
  func largeCounts() throws {
    try temporaryDirectory { directory in
      let table = directory.appending(path: "counts.csv").path
      let rows = (0..<200).map { "\(1_000_000_000_000_000_000 * (1 + $0 % 9)),\(["a", "b"][$0 % 2])" }
      try (["reads,kind"] + rows).joined(separator: "\n").write(toFile: table, atomically: true, encoding: .utf8)
      let data = directory.appending(path: "counts.h5").path
      let packed = try run(
        product("mhvae-pack"),
        [
          "arrays", "--modality", "reads=\(table):reads:poisson", "--modality", "kind=\(table):kind", "--output", data,
        ])
      #expect(packed.exitCode == 0, "\(packed)")
      let text = try expectFailure(
        ranks: 2,
        ["train", "--preset", "auto", "--data", data, "--epochs", "1", "--run", directory.appending(path: "run").path])
      #expect(text.contains("error: step 1: ") && text.contains("the values of reads go from 1e+18"), "\(text)")
      #expect(text.contains("Count in larger units") && !text.contains("diverged"), "\(text)")
    }
  }

  @Test("The last checkpoint stays as it is, and a run can go on from it")
  func checkpointStays() throws {
    try SensorData.withDataset { directory, dataset in
      let common = try arguments(directory, dataset)
      #expect(try mpirun(ranks: 2, "mhvae-dist", common).exitCode == 0)
      let checkpoint = URL(filePath: RunFiles.lastCheckpoint("\(directory)/run"))
      let bytes = try Data(contentsOf: checkpoint)
      let goOn = ["train", "--data", dataset, "--run", "\(directory)/run", "--resume", "--epochs", "2"]
      let text = try expectFailure(ranks: 2, goOn + ["--learning-rate", "1e30"])
      #expect(text.contains("error: step 12: the loss is not finite for any row: "), "\(text)")
      #expect(text.contains("the weights have diverged"), "\(text)")
      #expect(try Data(contentsOf: checkpoint) == bytes)
      #expect(try mpirun(ranks: 2, "mhvae-dist", goOn + ["--learning-rate", "1e-3"]).exitCode == 0)
      #expect(try RunFiles.epochs("\(directory)/run") == [1, 2])
    }
  }

  @Test("Weights that the last step of an epoch spoils do not become a checkpoint")
  func lastStep() throws {
    try SensorData.withDataset(rows: [.train: 48, .validation: 20, .test: 30]) { directory, dataset in
      let text = try expectFailure(ranks: 2, try arguments(directory, dataset) + ["--learning-rate", "1e30"])
      #expect(text.contains("after epoch 1 the weights are not finite"), "\(text)")
      #expect(!FileManager.default.fileExists(atPath: RunFiles.lastCheckpoint("\(directory)/run")))
    }
  }
}
