import Foundation
import Kernels
import TestSupport
import Testing

/// Whole runs in bf16, which are as exact as others.
@Suite(.serialized) struct PrecisionTests {
  private static let isThere = BF16.engineName != nil
  private static let missing: Comment = "this processor has neither AVX512-BF16 nor AMX"

  private func withConfiguration(_ body: (_ directory: String, _ common: [String]) throws -> Void) throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try SensorData.configuration(family: "mhvae").write(toFile: configuration, atomically: true, encoding: .utf8)
      try body(directory, ["--config", configuration, "--data", dataset, "--precision", "bf16"])
    }
  }

  @Test(
    "A run that goes on from within an epoch is the undisturbed one, with and without averaged weights",
    .enabled(if: isThere, missing), arguments: [[], ["--set", "training.ema_decay=0.9"]])
  func resumed(recipe: [String]) throws {
    try withConfiguration { directory, common in
      let common = common + recipe + ["--epochs", "3"]
      let (whole, within) = ("\(directory)/whole", "\(directory)/within")
      try train(ranks: 2, common + ["--run", whole])
      try train(
        ranks: 2, common + ["--run", within, "--checkpoint-every-steps", "17", "--set", "training.keep_checkpoints=9"])
      for epoch in 2...3 {
        try FileManager.default.removeItem(atPath: "\(within)/checkpoints/epoch-0000\(epoch).safetensors")
      }
      try train(ranks: 2, common + ["--run", within, "--continue", "--set", "training.keep_checkpoints=1"])
      #expect(try RunFiles.tensors(within) == RunFiles.tensors(whole))
      let single = "\(directory)/single"
      try train(ranks: 2, common.filter { !["--precision", "bf16"].contains($0) } + ["--run", single])
      #expect(try RunFiles.tensors(single) != RunFiles.tensors(whole), "something was rounded")
    }
  }

  @Test(
    "1, 2, 4 and 8 ranks leave the same bits with --reproducible, by every exchange", .enabled(if: isThere, missing))
  func reproducible() throws {
    try withConfiguration { directory, common in
      let common = common + ["--epochs", "2", "--reproducible"]
      var runs: [String] = []
      for (ranks, way) in [(1, "shared"), (2, "shared"), (2, "all-reduce"), (4, "shared"), (8, "all-reduce")] {
        runs.append("\(directory)/\(ranks)-\(way)")
        try train(ranks: ranks, common + ["--run", runs.last!, "--exchange", way])
      }
      let tensors = try RunFiles.tensors(runs[0])
      for run in runs.dropFirst() { #expect(try RunFiles.tensors(run) == tensors, "\(run)") }
    }
  }

  @Test(
    "A run keeps its precision; its validation and evaluation are in single precision unless asked",
    .enabled(if: isThere, missing))
  func evaluated() throws {
    try withConfiguration { directory, common in
      let (run, data) = ("\(directory)/run", common[3])
      try train(ranks: 2, common + ["--run", run])
      let other = try mpirun(
        ranks: 1, "mhvae-dist",
        ["train", "--run", run, "--data", data, "--resume", "--epochs", "2", "--precision", "f32"])
      #expect(other.exitCode == 1 && other.stderr.contains("training.precision differs from the run's"), "\(other)")

      func evaluate(_ precision: [String], ranks: Int = 2) throws -> [String: Any] {
        let file = "\(directory)/evaluation.json"
        let outcome = try mpirun(
          ranks: ranks, "mhvae-dist", ["evaluate", "--run", run, "--data", data, "--output", file] + precision)
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.stdout.contains("products in bf16") == precision.contains("bf16"), "\(outcome)")
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file)))
        return try #require(json as? [String: Any])
      }
      func means(_ report: [String: Any]) throws -> [Double] {
        try #require(report["likelihoods"] as? [[String: Any]]).compactMap { $0["mean"] as? Double }
      }
      let (single, said) = (try evaluate([]), try evaluate(["--precision", "f32"]))
      let rounded = try evaluate(["--precision", "bf16"])
      #expect(single["precision"] == nil && rounded["precision"] as? String == "bf16")
      #expect(try means(single) == means(said))
      #expect(try means(evaluate(["--precision", "bf16"], ranks: 1)) == means(rounded), "rows do not depend on ranks")
      for (one, other) in zip(try means(single), try means(rounded)) {
        #expect(one != other && abs(one - other) < 0.05, "\(one), \(other)")
      }
    }
  }

  @Test("Without bf16 nothing begins in it, and a line says why")
  func refused() throws {
    try withConfiguration { directory, common in
      let (run, single) = ("\(directory)/run", "\(directory)/single")
      try train(ranks: 1, common.dropLast(2) + ["--run", single])
      let preset = ["--preset", "mnist", "--precision", "bf16"]
      for command in [
        ["train"] + common + ["--run", run],
        ["evaluate", "--run", single, "--data", common[3], "--precision", "bf16"],
        ["benchmark"] + preset, ["benchmark", "--samples", "10"] + preset,
        ["plan", "--hosts", "1", "--link", "10", "--latency", "10"] + preset,
      ] {
        let outcome = try mpirun(
          ranks: 2, "mhvae-dist", command, environment: ["MHVAE_BF16": "none"], timeout: .seconds(60))
        #expect(outcome.exitCode == 1, "\(command): \(outcome)")
        let message = "precision bf16 needs a processor with AVX512-BF16 or AMX"
        #expect(outcome.stderr.components(separatedBy: message).count == 2, "\(command): \(outcome)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(run)/config.yaml"))
    }
  }
}
