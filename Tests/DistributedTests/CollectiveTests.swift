import TestSupport
import Testing

/// The checks that `parallel-checks` makes from inside the ranks.
@Suite(.serialized) struct CollectiveTests {
  @Test("All parallel checks hold", arguments: 1...4)
  func checksHold(ranks: Int) throws {
    let outcome = try mpirun(ranks: ranks, "parallel-checks")
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.stdout == "all checks hold on \(ranks) ranks\n", "\(outcome)")
    #expect(outcome.stderr.isEmpty, "\(outcome)")
  }

  /// More ranks than add up a whole sum each, than one round of a barrier has, than two have and some sums have parts.
  @Test("Ranks of a node meet and sum, however many they are", arguments: [5, 8, 9, 17, 66])
  func manyRanks(ranks: Int) throws {
    let outcome = try mpirun(ranks: ranks, "parallel-checks", ["node"])
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty, "\(outcome)")
  }

  @Test("The same program runs alone, without a launcher and without MPI")
  func checksHoldAlone() throws {
    let outcome = try run(product("parallel-checks"))
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.stdout == "all checks hold on 1 ranks\n", "\(outcome)")
  }
}
