import Foundation
import TestSupport
import Testing

/// Runs whose rows do not fit into the memory they may take.
@Suite(.serialized) struct StreamedRunTests {
  /// 5400 training rows, 1.4 MB for each of three ranks, and 600 for validation, 0.5 MB.
  private func withDigits(_ body: (_ directory: String, _ dataset: String) throws -> Void) throws {
    try SyntheticDigits.withDataset(trainingRows: 6000, body)
  }

  private let streaming = ["--shard-memory", "1"]

  @Test("A streamed run is the run from memory to the bit, also when it is stopped and resumed", arguments: [1, 3])
  func sameRun(ranks: Int) throws {
    try withDigits { directory, dataset in
      let common = ["--data", dataset, "--set", "model.modalities.image.binarization=dynamic", "--preset", "mnist"]
      let (kept, streamed, resumed) = ("\(directory)/kept", "\(directory)/streamed", "\(directory)/resumed")
      try train(ranks: ranks, common + ["--run", kept, "--epochs", "2"])
      try train(ranks: ranks, common + streaming + ["--run", streamed, "--epochs", "2"])
      try train(ranks: ranks, common + streaming + ["--run", resumed, "--epochs", "1"])
      try train(ranks: ranks, ["--data", dataset, "--run", resumed, "--epochs", "2", "--resume"] + streaming)
      for run in [streamed, resumed] {
        #expect(try RunFiles.stepLosses(run) == RunFiles.stepLosses(kept))
        let bytes = try [run, kept].map { try Data(contentsOf: URL(filePath: RunFiles.lastCheckpoint($0))) }
        #expect(bytes[0] == bytes[1], "\(run)")
      }
    }
  }

  @Test("A dry run counts what streaming keeps in memory; a bound that is too small is one line")
  func dryRun() throws {
    try withDigits { _, dataset in
      let arguments = ["train", "--preset", "mnist", "--data", dataset, "--dry-run"] + streaming
      let outcome = try mpirun(ranks: 2, "mhvae-dist", arguments)
      #expect(outcome.exitCode == 0 && outcome.stdout.contains("training rows, streamed"), "\(outcome)")
      let large = try mpirun(ranks: 1, "mhvae-dist", arguments + ["--batch-size", "1000"])
      #expect(large.exitCode != 0 && large.stderr.contains("--shard-memory 1 is too little"), "\(large)")
      #expect(large.stderr.split(separator: "\n").count == 1, "\(large)")
    }
  }

  @Test("A damaged chunk that one rank meets while it trains ends the job with one line")
  func damagedChunk() throws {
    try withDigits { directory, dataset in
      var bytes = try Data(contentsOf: URL(filePath: dataset))
      // A training picture of the last of three ranks.
      bytes[5100 * 784] ^= 1
      try bytes.write(to: URL(filePath: dataset))
      let outcome = try mpirun(
        ranks: 3, "mhvae-dist",
        ["train", "--preset", "mnist", "--data", dataset, "--run", "\(directory)/run", "--epochs", "1"] + streaming)
      #expect(outcome.exitCode != 0 && outcome.errors.count == 1, "\(outcome)")
      for word in ["error: ", dataset, "train/image", "damaged"] {
        #expect(outcome.stderr.contains(word), "\(outcome)")
      }
    }
  }
}
