import Foundation
import SafeTensors
import TestSupport
import Testing

/// The number of ranks changes the speed, not the result.
@Suite(.serialized) struct RankCountTests {
  /// Convolutions drift by rounding alone; fully connected networks with batch norm amplify it (see the README).
  @Test(
    "The losses of 50 steps are those of one rank",
    .enabled(if: FashionRows.areThere, "needs Debian's package dataset-fashion-mnist"),
    arguments: [
      ("fashion-mnist", "mhvae", 1e-4), ("mnist", "mhvae", 1e-2), ("fashion-mnist", "jmvae", 1e-4),
      ("fashion-mnist", "mvae", 1e-4),
    ])
  func lossesDoNotDependOnRanks(preset: String, family: String, tolerance: Double) throws {
    try FashionRows.withDataset { directory, dataset in
      var losses: [[Double]] = []
      for ranks in 1...4 {
        let run = "\(directory)/\(preset)-\(ranks)"
        try train(
          ranks: ranks,
          ["--preset", preset, "--family", family, "--data", dataset, "--run", run, "--epochs", "1"])
        losses.append(Array(try RunFiles.stepLosses(run).prefix(50)))
        #expect(losses[ranks - 1].count == 50)
        #expect(largestDifference([losses[ranks - 1][0]], [losses[0][0]]) <= 1e-6, "first step on \(ranks) ranks")
        #expect(largestDifference(losses[ranks - 1], losses[0]) <= tolerance, "50 steps on \(ranks) ranks")
      }
    }
  }

  @Test("So are they with data that is binarised anew every epoch")
  func binarizedLossesDoNotDependOnRanks() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      var losses: [[Double]] = []
      for ranks in [1, 2, 3] {
        let run = "\(directory)/\(ranks)"
        try train(
          ranks: ranks,
          [
            "--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "2", "--set",
            "model.modalities.image.binarization=dynamic",
          ])
        losses.append(try RunFiles.stepLosses(run))
        #expect(losses[0].count == 44)
        #expect(largestDifference([losses[ranks - 1][0]], [losses[0][0]]) <= 1e-6, "first step on \(ranks) ranks")
        #expect(largestDifference(losses[ranks - 1], losses[0]) <= 1e-2, "two epochs on \(ranks) ranks")
      }
    }
  }

  /// After one step Adam's first moment is a tenth of the gradient: one batch of all rows, one step an epoch.
  @Test(
    "The gradients of the first step are those of one rank",
    .enabled(if: FashionRows.areThere, "needs Debian's package dataset-fashion-mnist"),
    arguments: ["fashion-mnist", "mnist"])
  func firstGradientsDoNotDependOnRanks(preset: String) throws {
    try FashionRows.withDataset(rows: 200) { directory, dataset in
      let runs = (1...4).map { "\(directory)/\(preset)-\($0)" }
      for (ranks, run) in zip(1..., runs) {
        try train(
          ranks: ranks,
          ["--preset", preset, "--data", dataset, "--run", run, "--epochs", "1", "--batch-size", "180"])
      }
      let files = try runs.map {
        try SafeTensorsFile.read(path: RunFiles.lastCheckpoint($0), requireChecksum: true)
      }
      let moments = files[0].tensors.map(\.name).filter { $0.hasPrefix("adam.first_moment.") }
      #expect(moments.count > 50)
      for name in moments {
        let expected = try files[0].floats(named: name)
        let largest = expected.map(abs).max() ?? 0
        for ranks in 2...4 {
          let found = try files[ranks - 1].floats(named: name)
          #expect(found.count == expected.count && found.allSatisfy(\.isFinite), "\(name) on \(ranks) ranks")
          // The specification's tolerance for gradients.
          let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
          #expect(worst <= 5e-4 * largest, "\(name) on \(ranks) ranks")
        }
      }
    }
  }

  @Test(
    "A run stopped on 2 ranks and resumed on 2 or 3 goes on as if never stopped",
    .enabled(if: FashionRows.areThere, "needs Debian's package dataset-fashion-mnist"),
    arguments: [("fashion-mnist", 1e-4), ("mnist", 1e-2)])
  func resumedRunsGoOn(preset: String, tolerance: Double) throws {
    try FashionRows.withDataset { directory, dataset in
      let common = ["--data", dataset, "--preset", preset]
      let runs = ["whole", "two", "three"].map { "\(directory)/\($0)" }
      try train(ranks: 2, common + ["--run", runs[0], "--epochs", "2"])
      for (run, ranks) in [(runs[1], 2), (runs[2], 3)] {
        try train(ranks: 2, common + ["--run", run, "--epochs", "1"])
        try train(ranks: ranks, common + ["--run", run, "--epochs", "2", "--resume"])
        #expect(try RunFiles.epochs(run) == [1, 2], "\(run) must have each epoch once")
      }
      let losses = try runs.map { Array(try RunFiles.stepLosses($0)) }
      #expect(losses[0].count == 102)
      #expect(losses[1] == losses[0], "on the same number of ranks every loss is the same to the bit")
      #expect(largestDifference(Array(losses[2][51..<101]), Array(losses[0][51..<101])) <= tolerance)
      try expectSameTensors(RunFiles.lastCheckpoint(runs[1]), RunFiles.lastCheckpoint(runs[0]))
    }
  }

  private func expectSameTensors(_ a: String, _ b: String) throws {
    let (a, b) = (
      try SafeTensorsFile.read(path: a, requireChecksum: true), try SafeTensorsFile.read(path: b, requireChecksum: true)
    )
    #expect(a.tensors.count == b.tensors.count && !a.tensors.isEmpty)
    for tensor in b.tensors {
      let pair = (try a.floats(named: tensor.name), try b.floats(named: tensor.name))
      #expect(pair.0.map(\.bitPattern) == pair.1.map(\.bitPattern), "\(tensor.name) differs")
    }
  }

  @Test("Likelihoods do not depend on the number of ranks")
  func likelihoodsDoNotDependOnRanks() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 2, ["--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "1"])
      var tables: [[Double]] = []
      for ranks in 1...4 {
        let outcome = try mpirun(
          ranks: ranks, "mhvae-dist",
          ["evaluate", "--run", run, "--data", dataset, "--samples", "300", "--limit", "21"])
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.stdout.contains("log p(image, label)"), "\(outcome)")
        tables.append(try RunFiles.likelihoods(run))
      }
      #expect(tables[0].count == 8)
      for ranks in 2...4 { #expect(largestDifference(tables[ranks - 1], tables[0]) <= 1e-6, "\(ranks) ranks") }
    }
  }
}
