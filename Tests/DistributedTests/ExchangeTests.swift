import FixtureChecks
import Foundation
import TestSupport
import Testing

/// Gradients by shared memory and by all-reduce are two ways to the same weights.
@Suite(.serialized) struct ExchangeTests {
  @Test("Every way, on every split of the ranks into nodes, ends with the same weights", arguments: 1...4)
  func waysAgree(ranks: Int) throws {
    let outcome = try mpirun(ranks: ranks, "parallel-checks", ["exchange", Fixture.folder])
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.stdout == "the ways to exchange agree on \(ranks) ranks\n", "\(outcome)")
    #expect(outcome.stderr.isEmpty, "\(outcome)")
  }

  @Test("A run stopped with one way goes on with the other, and its checkpoints hold the same tensors")
  func resumedRunsGoOn() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let common = ["--preset", "mnist", "--data", dataset]
      let ways = ["shared", "all-reduce"]
      for way in ways {
        try train(
          ranks: 2, common + ["--run", "\(directory)/whole-\(way)", "--epochs", "2", "--exchange", way])
      }
      let expected = try RunFiles.stepLosses("\(directory)/whole-all-reduce")
      let tensors = try RunFiles.tensors("\(directory)/whole-all-reduce")
      for (first, second) in [("shared", "all-reduce"), ("all-reduce", "shared")] {
        let run = "\(directory)/\(first)-first"
        try train(ranks: 2, common + ["--run", run, "--epochs", "1", "--exchange", first])
        try train(ranks: 2, common + ["--run", run, "--epochs", "2", "--exchange", second, "--resume"])
        // Two terms have one order: on two ranks of a node every bit is the same.
        #expect(try RunFiles.stepLosses(run) == expected, "\(first), then \(second)")
        #expect(try RunFiles.tensors(run) == tensors, "\(first), then \(second)")
      }
      #expect(try RunFiles.stepLosses("\(directory)/whole-shared") == expected)
      #expect(try RunFiles.tensors("\(directory)/whole-shared") == tensors)
    }
  }
}
