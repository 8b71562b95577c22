import Communication
import Testing

struct AgreementTests {
  @Test(
    "The ranks that differ are named",
    arguments: [
      ([2], "configuration: rank 2 of 4 differs from rank 0"),
      ([1, 3], "configuration: ranks 1 and 3 of 4 differ from rank 0"),
      ([1, 2, 3], "configuration: ranks 1, 2 and 3 of 4 differ from rank 0"),
    ])
  func description(ranks: [Int], expected: String) {
    let error = ReplicaDisagreement(subject: "configuration", ranks: ranks, worldSize: 4)
    #expect("\(error)" == expected)
  }
}
