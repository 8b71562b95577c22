/// Ranks that hold something else than rank 0 where all must hold the same.
package struct ReplicaDisagreement: Error, Equatable, CustomStringConvertible {
  /// What was compared, as a noun for the message.
  package let subject: String
  /// The ranks whose digest is not that of rank 0, ascending; never empty.
  package let ranks: [Int]
  package let worldSize: Int

  package init(subject: String, ranks: [Int], worldSize: Int) {
    (self.subject, self.ranks, self.worldSize) = (subject, ranks, worldSize)
  }

  package var description: String {
    "\(subject): \(phrase(forRanks: ranks)) of \(worldSize) \(ranks.count == 1 ? "differs" : "differ") from rank 0"
  }
}

extension Collectives {
  /// Checks that all ranks hold the same digest as rank 0. Collective; on disagreement every rank throws the same error.
  /// - Parameters:
  ///   - digest: 32 bytes, such as a SHA-256.
  ///   - subject: what the digest is of, as a noun for the message ("configuration", "parameters after step 40").
  package func agreeOnDigest(_ digest: [UInt8], of subject: String = "replica state") throws {
    precondition(digest.count == 32, "a digest has 32 bytes")
    var digests = [UInt8](repeating: 0, count: digest.count * worldSize)
    try digest.withUnsafeBytes { block in
      try digests.withUnsafeMutableBytes { blocks in try allGather(block, into: blocks) }
    }
    let reference = digests.prefix(digest.count)
    let different = (0..<worldSize).filter { rank in
      !digests[rank * digest.count..<(rank + 1) * digest.count].elementsEqual(reference)
    }
    if !different.isEmpty { throw ReplicaDisagreement(subject: subject, ranks: different, worldSize: worldSize) }
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
