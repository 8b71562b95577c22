/// Ranks that hold something else than the others where all must hold the same.
package struct ReplicaDisagreement: Error, Equatable, CustomStringConvertible {
  /// What was compared, as a noun for the message.
  package let subject: String
  /// The ranks whose digest is not what most have, or not that of rank 0 where no digest is that of most; ascending,
  /// never empty.
  package let ranks: [Int]
  /// Whether more than half of the ranks hold the same.
  package let hasMajority: Bool
  package let worldSize: Int

  /// Nil if all are alike.
  /// - Parameter digests: of every rank.
  package init?(subject: String, digests: [some Collection<UInt8>]) {
    let ranks = Dictionary(grouping: digests.indices) { Array(digests[$0]) }
    guard ranks.count > 1, let largest = ranks.values.max(by: { $0.count < $1.count }) else { return nil }
    (self.subject, worldSize) = (subject, digests.count)
    hasMajority = 2 * largest.count > digests.count
    let right = hasMajority ? largest : ranks[Array(digests[0])]!
    self.ranks = digests.indices.filter { !right.contains($0) }
  }

  package var description: String {
    "\(subject): \(phrase(forRanks: ranks)) of \(worldSize) \(ranks.count == 1 ? "differs" : "differ") from "
      + (hasMajority ? "the others" : "rank 0")
  }
}

extension Collectives {
  /// Checks that all ranks hold the same digest. Collective; on disagreement every rank throws the same error.
  /// - Parameters:
  ///   - digest: 32 bytes, such as a SHA-256.
  ///   - subject: what the digest is of, as a noun for the message ("configuration", "parameters after step 40").
  package func agreeOnDigest(_ digest: [UInt8], of subject: String = "replica state") throws {
    precondition(digest.count == 32, "a digest has 32 bytes")
    var digests = [UInt8](repeating: 0, count: digest.count * worldSize)
    try digest.withUnsafeBytes { block in
      try digests.withUnsafeMutableBytes { blocks in try allGather(block, into: blocks) }
    }
    let parts = (0..<worldSize).map { digests[$0 * digest.count..<($0 + 1) * digest.count] }
    if let disagreement = ReplicaDisagreement(subject: subject, digests: parts) { throw disagreement }
  }
}

/// `rank 2`, `ranks 1 and 3`, `ranks 1, 2 and 3`.
func phrase(forRanks ranks: [Int]) -> String {
  "\(ranks.count > 1 ? "ranks" : "rank") \(list(ranks.map(String.init)))"
}

/// `a`, `a and b`, `a, b and c`.
func list(_ items: [String]) -> String {
  guard items.count > 1, let last = items.last else { return items.first ?? "" }
  return "\(items.dropLast().joined(separator: ", ")) and \(last)"
}
