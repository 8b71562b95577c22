import FixtureChecks
import TestSupport
import Testing

/// The reference numbers, with the batch split over ranks.
@Suite(.serialized) struct ParallelFixtureTests {
  @Test("All fixtures come out on any number of ranks", arguments: 1...4)
  func fixturesHold(ranks: Int) throws {
    let count = try Fixture.paths(in: Fixture.folder).count
    let outcome = try mpirun(ranks: ranks, "parallel-checks", ["fixtures", Fixture.folder])
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.stdout == "\(count) fixtures hold on \(ranks) ranks\n", "\(outcome)")
  }
}
