import GradientExchange
import Testing

struct NormShareTests {
  /// Sizes that are far apart, so that any other order of additions gives another sum.
  private static func gradients(_ count: Int) -> [Float] {
    (0..<count).map { i in Float(1 + i % 13) * [1e-4, 1, 3e4, 7e-2][i % 4] }
  }

  @Test(
    "In eight parts the norm has the same bits on 1, 2, 4 and 8 ranks", arguments: [0, 5, 16, 1000, 100_003])
  func ranks(count: Int) {
    let gradients = Self.gradients(count)
    let norms = [1, 2, 4, 8].map { ranks in
      var shares = (0..<ranks).map {
        NormShare(count: count, rank: $0, of: ranks, partsPerRank: 8 / ranks).square(of: gradients)
      }
      // As ranks sum pairwise.
      while shares.count > 1 {
        shares = stride(from: 0, to: shares.count, by: 2).map { shares[$0] + shares[$0 + 1] }
      }
      return shares[0]
    }
    #expect(Set(norms).count == 1, "\(norms)")
    let expected = gradients.map { Double($0) * Double($0) }.reduce(0, +)
    #expect(abs(norms[0] - expected) <= 1e-12 * expected)
  }

  @Test("Three ranks have every gradient once")
  func threeRanks() {
    let gradients = Self.gradients(1000)
    let sum = (0..<3).map { NormShare(count: 1000, rank: $0, of: 3, partsPerRank: 1).square(of: gradients) }.reduce(
      0, +)
    let expected = gradients.map { Double($0) * Double($0) }.reduce(0, +)
    #expect(abs(sum - expected) <= 1e-12 * expected)
  }
}
