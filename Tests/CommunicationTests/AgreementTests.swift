import Communication
import Testing

struct AgreementTests {
  @Test(
    "The ranks that differ from most are named, or from rank 0 where there is no most",
    arguments: [
      ([0, 0, 1, 0], "parameters: rank 2 of 4 differs from the others"),
      ([1, 0, 0], "parameters: rank 0 of 3 differs from the others"),
      ([0, 1, 0, 2, 0], "parameters: ranks 1 and 3 of 5 differ from the others"),
      ([0, 1], "parameters: rank 1 of 2 differs from rank 0"),
      ([0, 1, 2, 3], "parameters: ranks 1, 2 and 3 of 4 differ from rank 0"),
      ([0, 0, 1, 1], "parameters: ranks 2 and 3 of 4 differ from rank 0"),
    ] as [([UInt8], String)])
  func disagreement(digests: [UInt8], expected: String) throws {
    let error = try #require(ReplicaDisagreement(subject: "parameters", digests: digests.map { [7, $0] }))
    #expect("\(error)" == expected)
  }

  @Test("Who agrees does not disagree", arguments: 1...3)
  func agreement(ranks: Int) {
    #expect(ReplicaDisagreement(subject: "parameters", digests: [[UInt8]](repeating: [7], count: ranks)) == nil)
  }
}
