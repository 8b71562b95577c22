import Foundation
import SafeTensors
import TestSupport
import Testing

/// Schedules, optimisers, clipping and averages in whole runs, which are exact whatever happens on the way.
@Suite(.serialized) struct RecipeTests {
  /// Each shape and optimiser once, ten steps an epoch. Divergences that do not count grow, and the ELBO falls.
  static let recipes = [
    [
      "learning_rate_schedule.name=cosine", "learning_rate_schedule.warm_up_steps=7", "clip_norm=3", "ema_decay=0.9",
    ],
    [
      "learning_rate_schedule.name=step", "learning_rate_schedule.epochs=1", "learning_rate_schedule.factor=0.5",
      "optimizer.name=adamw", "warm_up.core_final=0.5", "warm_up.modality_final=2", "ema_decay=0.999",
    ],
    [
      "learning_rate_schedule.name=plateau", "learning_rate_schedule.patience=0", "optimizer.name=adamax",
      "learning_rate=0.1", "clip_norm=0.1", "warm_up.core_final=0", "warm_up.modality_final=0",
    ],
  ]

  private func withConfiguration(_ body: (_ directory: String, _ common: [String]) throws -> Void) throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try SensorData.configuration(family: "mhvae").write(toFile: configuration, atomically: true, encoding: .utf8)
      try body(directory, ["--config", configuration, "--data", dataset])
    }
  }

  private func options(_ recipe: [String]) -> [String] { recipe.flatMap { ["--set", "training.\($0)"] } }

  private func bytes(_ run: String) throws -> Data { try Data(contentsOf: URL(filePath: RunFiles.lastCheckpoint(run))) }

  /// What a line of metrics says but times.
  private func metrics(_ run: String) throws -> [NSDictionary] {
    try RunFiles.lines("\(run)/metrics.jsonl").map { line in
      line.filter { !["seconds", "images_per_second"].contains($0.key) } as NSDictionary
    }
  }

  @Test("A run that goes on from within an epoch, and from its end, is the undisturbed one", arguments: recipes)
  func resumed(recipe: [String]) throws {
    try withConfiguration { directory, common in
      let common = common + options(recipe) + ["--epochs", "4", "--log-steps", "1"]
      let (whole, within, ends) = ("\(directory)/whole", "\(directory)/within", "\(directory)/ends")
      try train(ranks: 2, common + ["--run", whole])
      try train(
        ranks: 2, common + ["--run", within, "--checkpoint-every-steps", "27", "--set", "training.keep_checkpoints=9"])
      for epoch in 3...4 {
        try FileManager.default.removeItem(atPath: "\(within)/checkpoints/epoch-0000\(epoch).safetensors")
      }
      try train(ranks: 2, common + ["--run", within, "--continue", "--set", "training.keep_checkpoints=1"])
      try train(ranks: 2, common + ["--run", ends, "--epochs", "2"])
      // A cosine needs the number of epochs from the start.
      if !recipe[0].hasSuffix("cosine") {
        try train(ranks: 2, common + ["--run", ends, "--resume"])
        #expect(try RunFiles.tensors(ends) == RunFiles.tensors(whole))
      }
      #expect(try RunFiles.tensors(within) == RunFiles.tensors(whole))
      let rates = try RunFiles.lines("\(whole)/metrics.jsonl").compactMap { $0["learning_rate"] as? Double }
      #expect(Set(rates).count > 1, "the rate changes: \(rates)")
      #expect(try metrics(within) == metrics(whole))
      let steps = try [within, whole].map { try RunFiles.lines("\($0)/steps.jsonl").map { $0 as NSDictionary } }
      #expect(steps[0] == steps[1] && steps[0].count == 40)
    }
  }

  @Test("1, 2, 4 and 8 ranks leave the same bits with --reproducible, by every exchange", arguments: recipes)
  func reproducible(recipe: [String]) throws {
    try withConfiguration { directory, common in
      let common = common + options(recipe) + ["--epochs", "3", "--reproducible"]
      var runs: [String] = []
      for (ranks, way) in [(1, "shared"), (2, "shared"), (2, "all-reduce"), (4, "shared"), (8, "all-reduce")] {
        runs.append("\(directory)/\(ranks)-\(way)")
        try train(ranks: ranks, common + ["--run", runs.last!, "--exchange", way])
      }
      let (tensors, lines) = (try RunFiles.tensors(runs[0]), try metrics(runs[0]))
      #expect(tensors.keys.contains { $0.hasPrefix("average.") } == recipe.contains { $0.hasPrefix("ema") })
      for run in runs.dropFirst() {
        #expect(try RunFiles.tensors(run) == tensors, "\(run)")
        let norms = try [metrics(run), lines].map { try $0.map { try #require($0["gradient_norm"] as? Double) } }
        #expect(norms[0] == norms[1], "\(run)")
      }
    }
  }

  @Test("Metrics tell rate, norm and clipped steps, and an export holds the averages")
  func recorded() throws {
    try withConfiguration { directory, common in
      let run = "\(directory)/run"
      try train(ranks: 3, common + options(Self.recipes[0]) + ["--run", run, "--epochs", "2"])
      let lines = try RunFiles.lines("\(run)/metrics.jsonl")
      // The last step of the second epoch is step 19 of 20, of which 7 warm up: cos(pi 12 / 13).
      let rate = try #require(lines[1]["learning_rate"] as? Double)
      #expect(abs(rate - 0.001 * (1 + cos(Double.pi * 12 / 13)) / 2) < 1e-12)
      for line in lines {
        #expect(try #require(line["gradient_norm"] as? Double) > 0)
        #expect((0...1).contains(try #require(line["clipped"] as? Double)))
      }
      let exported = "\(directory)/model.safetensors"
      let outcome = try mpirun(ranks: 1, "mhvae-dist", ["export", "--run", run, "--output", exported])
      #expect(outcome.exitCode == 0, "\(outcome)")
      let checkpoint = try SafeTensorsFile.read(path: RunFiles.lastCheckpoint(run), requireChecksum: true)
      let model = try SafeTensorsFile.read(path: exported, requireChecksum: false)
      for tensor in model.tensors {
        #expect(try model.floats(named: tensor.name) == checkpoint.floats(named: "average.\(tensor.name)"))
      }
      let name = try #require(model.tensors.first).name
      #expect(try model.floats(named: name) != checkpoint.floats(named: name))
      let plain = try mpirun(
        ranks: 1, "mhvae-dist",
        ["train", "--run", run, "--data", common[3], "--resume", "--set", "training.ema_decay=0"])
      #expect(plain.exitCode == 0, "another decay is allowed: \(plain)")
      let other = try mpirun(
        ranks: 1, "mhvae-dist",
        ["train", "--run", run, "--data", common[3], "--resume", "--set", "training.optimizer.name=adamax"])
      #expect(other.exitCode == 1 && other.stderr.contains("training.optimizer differs from the run's"), "\(other)")
    }
  }

  /// A rate that ruins the model after the first epochs.
  @Test("Without a better validation ELBO training ends early, says so, and has nothing to do when it is resumed")
  func endsEarly() throws {
    try withConfiguration { directory, common in
      let run = "\(directory)/run"
      let arguments =
        ["train"] + common + options(["learning_rate=0.3", "early_stopping_patience=2"])
        + ["--run", run, "--epochs", "60"]
      let outcome = try mpirun(ranks: 2, "mhvae-dist", arguments)
      let epochs = try RunFiles.epochs(run).count
      #expect(outcome.exitCode == 0 && (3..<60).contains(epochs), "\(outcome)")
      #expect(outcome.stdout.contains("no better validation ELBO for 2 epochs"), "\(outcome)")
      let again = try mpirun(ranks: 2, "mhvae-dist", ["train", "--run", run, "--data", common[3], "--resume"])
      #expect(again.exitCode == 0 && again.stdout.contains("no better validation ELBO"), "\(again)")
      #expect(try RunFiles.epochs(run).count == epochs)
    }
  }
}
