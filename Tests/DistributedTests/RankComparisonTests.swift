import Foundation
import TestSupport
import Testing

/// Ranks that were started differently find out before they train; replicas that differ, soon after.
@Suite(.serialized) struct RankComparisonTests {
  /// Starts rank 0 and rank 1 differently and returns the only line of standard error.
  private func start(
    _ first: [String], _ program: String, _ second: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let outcome = try mpirun(ranks: 1, "mhvae-dist", first + [":", "-np", "1", program] + second)
    #expect(outcome.exitCode == 1, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)", sourceLocation: sourceLocation)
    return outcome.stderr
  }

  @Test("Another number of threads, another way to exchange, another program, other data")
  func differences() throws {
    let program = try product("mhvae-dist")
    try SyntheticDigits.withDataset { directory, dataset in
      let common = ["train", "--preset", "mnist", "--data", dataset, "--run", "\(directory)/run", "--epochs", "1"]
      let threads = try start(common, program, common + ["--threads", "2"])
      #expect(threads.contains("--threads is not the same on all ranks: rank 0 ("), "\(threads)")
      #expect(threads.contains("): 1; rank 1 (") && threads.contains("): 2. "), "\(threads)")

      let exchange = try start(common, program, common + ["--exchange", "all-reduce"])
      #expect(exchange.contains("--exchange is not the same") && exchange.contains("): all-reduce. "), "\(exchange)")

      let other = "\(directory)/other-build"
      try FileManager.default.copyItem(atPath: program, toPath: other)
      let file = try FileHandle(forWritingTo: URL(filePath: other))
      try file.seekToEnd()
      try file.write(contentsOf: Data([0]))
      try file.close()
      let build = try start(common, other, common)
      #expect(build.contains("the program is not the same") && build.contains("same build on every host"), "\(build)")

      try SyntheticDigits.withDataset(seed: 2) { _, otherDataset in
        let data = try start(common, program, common.map { $0 == dataset ? otherDataset : $0 })
        #expect(data.contains("the data is not the same") && data.contains("rank 1 ("), "\(data)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/run"), "nothing is written before")
    }
  }

  @Test("A bit that differs is found at the next comparison, on a rank of its own and on one that shares memory")
  func replicas() throws {
    for (way, expected) in [("all-reduce", "rank 2 of 3 differs from the others"), ("statistics", "rank 2 of 3")] {
      let outcome = try mpirun(ranks: 3, "parallel-checks", ["diverge-later", way])
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(outcome.stderr.contains("replica state after step 4: \(expected)"), "\(outcome)")
    }
  }

  @Test("A run whose replicas are compared in every step is the same run")
  func comparedRun() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let common = ["--preset", "mnist", "--data", dataset, "--epochs", "1", "--run"]
      try train(ranks: 2, common + ["\(directory)/plain"])
      try train(ranks: 2, common + ["\(directory)/compared", "--compare-every-steps", "1"])
      #expect(try RunFiles.stepLosses("\(directory)/plain") == RunFiles.stepLosses("\(directory)/compared"))
    }
  }
}
