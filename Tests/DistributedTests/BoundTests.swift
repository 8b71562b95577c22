import Foundation
import TestSupport
import Testing

/// Training of importance-weighted bounds with top-down posteriors.
struct BoundTests {
  @Test("Ranks and resuming change no bit, rows with gaps included; draws stay as they are")
  func sameBits() throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try SensorData.configuration(family: "mhvae").write(toFile: configuration, atomically: true, encoding: .utf8)
      let gaps = "\(directory)/gaps.h5"
      let dropped = try run(
        product("mhvae-pack"), ["drop", dataset, "--output", gaps, "--fraction", "0.3", "--modality", "sensor"])
      #expect(dropped.exitCode == 0, "\(dropped)")
      let common = [
        "--config", configuration, "--data", gaps, "--reproducible", "--set", "training.objective=iwae", "--set",
        "training.draws=3", "--set", "model.posterior=top_down",
      ]
      let runs = ["one", "four", "resumed"].map { "\(directory)/\($0)" }
      try train(ranks: 1, common + ["--run", runs[0], "--epochs", "2", "--checkpoint-every-steps", "13"])
      try train(ranks: 4, common + ["--run", runs[1], "--epochs", "2"])
      try FileManager.default.copyItem(atPath: runs[0], toPath: runs[2])
      // Within the second epoch, whose end is taken away.
      try FileManager.default.removeItem(atPath: "\(runs[2])/checkpoints/epoch-00002.safetensors")
      try train(ranks: 2, ["--data", gaps, "--run", runs[2], "--resume"])
      let expected = try RunFiles.tensors(runs[0])
      for run in runs.dropFirst() { #expect(try RunFiles.tensors(run) == expected, "\(run)") }

      let other = try mpirun(
        ranks: 1, "mhvae-dist",
        ["train", "--data", gaps, "--run", runs[0], "--resume", "--epochs", "3", "--set", "training.draws=2"])
      #expect(other.exitCode == 1 && other.stderr.contains("training.draws differs"), "\(other)")
      var drawn: [Data] = []
      for (name, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
        let draws = try run(
          product("mhvae-dist"),
          [
            "generate", "--run", runs[0], "--prior", "mixture", "--components", "3", "--data", gaps, "--seed", seed,
            "--output", "\(directory)/\(name).h5",
          ])
        #expect(draws.exitCode == 0 && (draws.stdout + draws.stderr).contains("under 3 Gaussians"), "\(draws)")
        drawn.append(try Data(contentsOf: URL(filePath: "\(directory)/\(name).h5")))
      }
      #expect(drawn[0] == drawn[1] && drawn[0] != drawn[2])
      let report = "\(runs[0])/evaluation-mixture-3.json"
      var means: [[Double]] = []
      for ranks in 1...3 {
        let evaluated = try mpirun(
          ranks: ranks, "mhvae-dist",
          [
            "evaluate", "--run", runs[0], "--data", gaps, "--samples", "20", "--limit", "10", "--mixture", "3",
          ])
        #expect(evaluated.exitCode == 0 && evaluated.stdout.contains(", all "), "\(evaluated)")
        #expect(evaluated.stdout.contains("under 3 Gaussians"), "\(evaluated)")
        means.append(try RunFiles.likelihoodsUnderMixture(at: report))
      }
      let standard = try RunFiles.likelihoodRows(at: report).map(\.mean)
      #expect(means[0].count == standard.count && largestDifference(means[0], standard) > 1e-4)
      for others in means.dropFirst() { #expect(largestDifference(others, means[0]) <= 1e-6) }
    }
  }
}
