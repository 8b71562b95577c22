import Foundation
import Kernels
import Storage
import TestSupport
import Testing

/// With a batch split into micro-batches, the number of ranks does not change a bit.
@Suite(.serialized) struct ReproducibleTests {
  @Test("Six steps leave the same bits on 1, 2 and 4 ranks, on every split into nodes, by every exchange")
  func stepsLeaveTheSameBits() throws {
    var outputs: Set<String> = []
    for ranks in [1, 2, 4] {
      let outcome = try mpirun(ranks: ranks, "parallel-checks", ["micro-batches"], timeout: .seconds(300))
      #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty, "\(outcome)")
      // One training more where the processor has bf16.
      #expect(outcome.stdout.split(separator: "\n").count == (BF16.engineName == nil ? 6 : 7), "\(outcome)")
      outputs.insert(outcome.stdout)
    }
    #expect(outputs.count == 1, "\(outputs)")
  }

  @Test("Runs on 1, 2, 4 and 8 ranks end with the same bits, also when the number changes on the way")
  func runsEndWithTheSameBits() throws {
    try SensorData.withDataset { directory, dataset in
      for family in SensorData.families {
        let configuration = "\(directory)/\(family).yaml"
        try SensorData.configuration(family: family).write(toFile: configuration, atomically: true, encoding: .utf8)
        let common = ["--config", configuration, "--data", dataset, "--reproducible"]
        var runs: [String] = []
        for (ranks, way) in [(1, "shared"), (2, "shared"), (2, "all-reduce"), (4, "shared"), (8, "all-reduce")] {
          runs.append("\(directory)/\(family)-\(ranks)-\(way)")
          try train(ranks: ranks, common + ["--run", runs.last!, "--epochs", "2", "--exchange", way])
        }
        let resumed = "\(directory)/\(family)-resumed"
        try train(ranks: 4, common + ["--run", resumed, "--epochs", "1"])
        try train(ranks: 2, ["--data", dataset, "--run", resumed, "--epochs", "2", "--resume"])
        // Within the second epoch, whose end is taken away.
        let within = "\(directory)/\(family)-within"
        try train(ranks: 1, common + ["--run", within, "--epochs", "2", "--checkpoint-every-steps", "13"])
        try FileManager.default.removeItem(atPath: "\(within)/checkpoints/epoch-00002.safetensors")
        try train(ranks: 4, ["--data", dataset, "--run", within, "--resume", "--exchange", "all-reduce"])
        let expected = try RunFiles.tensors(runs[0])
        for run in runs.dropFirst() + [resumed, within] { #expect(try RunFiles.tensors(run) == expected, "\(run)") }

        // Without micro-batches the order of additions follows the ranks.
        let plain = "\(directory)/\(family)-plain"
        try train(ranks: 4, Array(common.dropLast()) + ["--run", plain, "--epochs", "2"])
        #expect(try RunFiles.tensors(plain) != expected)
      }
    }
  }

  @Test("A row left over for a last step is left out with a warning, the same on any number of ranks and on resume")
  func rowLeftOver() throws {
    let rows: [Split: Int] = [.train: 145, .validation: 20, .test: 30]
    try SensorData.withDataset(rows: rows) { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try SensorData.configuration(family: "mhvae").write(toFile: configuration, atomically: true, encoding: .utf8)
      let common = ["--config", configuration, "--data", dataset, "--reproducible"]
      let runs = ["one", "two", "resumed"].map { "\(directory)/\($0)" }
      let first = try mpirun(
        ranks: 1, "mhvae-dist", ["train", "--log-steps", "1"] + common + ["--run", runs[0], "--epochs", "2"])
      #expect(first.exitCode == 0, "\(first)")
      #expect(first.stderr.contains("training.batch_size 48 leaves one of 145 training rows"), "\(first)")
      #expect(try RunFiles.stepLosses(runs[0]).count == 2 * 3)
      try train(ranks: 2, common + ["--run", runs[1], "--epochs", "2"])
      try train(ranks: 4, common + ["--run", runs[2], "--epochs", "1"])
      try train(ranks: 1, ["--data", dataset, "--run", runs[2], "--epochs", "2", "--resume"])
      let expected = try RunFiles.tensors(runs[0])
      for run in runs.dropFirst() { #expect(try RunFiles.tensors(run) == expected, "\(run)") }
    }
  }

  @Test(
    "A number of ranks that does not divide the micro-batches is refused, and so is another number of micro-batches on resume"
  )
  func otherNumbersAreRefused() throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try SensorData.configuration(family: "mhvae").write(toFile: configuration, atomically: true, encoding: .utf8)
      let common = ["train", "--config", configuration, "--data", dataset, "--run", "\(directory)/run"]
      let three = try mpirun(ranks: 3, "mhvae-dist", common + ["--reproducible"])
      #expect(three.exitCode == 1)
      #expect(
        three.stderr.contains("training.micro_batches is 8, so the number of ranks must be one of 1, 2, 4, 8, not 3"),
        "\(three)")
      let odd = try mpirun(ranks: 1, "mhvae-dist", common + ["--set", "training.micro_batches=6"])
      #expect(
        odd.exitCode == 1 && odd.stderr.contains("training.micro_batches: expected a power of two, found 6"), "\(odd)")
      let many = try mpirun(ranks: 1, "mhvae-dist", common + ["--set", "training.micro_batches=64"])
      #expect(many.exitCode == 1 && many.stderr.contains("more than the 48 rows of a batch"), "\(many)")

      try train(ranks: 1, Array(common.dropFirst()) + ["--reproducible"])
      let resumed = try mpirun(
        ranks: 1, "mhvae-dist", common + ["--resume", "--epochs", "2", "--set", "training.micro_batches=1"])
      #expect(resumed.exitCode == 1 && resumed.stderr.contains("training.micro_batches differs"), "\(resumed)")

      // The key that a run of version 0.1 has.
      let file = URL(filePath: "\(directory)/run/config.yaml")
      let stored = try String(contentsOf: file, encoding: .utf8)
      try stored.replacing("micro_batches: 8", with: "pieces: 8").write(to: file, atomically: true, encoding: .utf8)
      try train(ranks: 2, ["--data", dataset, "--run", "\(directory)/run", "--resume", "--epochs", "2"])
    }
  }
}
