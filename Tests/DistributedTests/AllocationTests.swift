import TestSupport
import Testing

/// A training step works in memory that was there before.
@Suite(.serialized) struct AllocationTests {
  @Test("Two epochs of steady steps allocate nothing, in any family and with either exchange", arguments: 1...2)
  func steadySteps(ranks: Int) throws {
    let outcome = try mpirun(ranks: ranks, "parallel-checks", ["allocations"])
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.stdout.contains("ask for no memory on \(ranks) ranks\n"), "\(outcome)")
    #expect(outcome.stderr.isEmpty, "\(outcome)")
  }
}
