/// Draws, for rows with a class, rows of the same class.
struct RowPairing {
  private var generator: SplitMix64

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  /// For each row of one file a row of another: each is taken once, in random order, before any is taken again.
  /// - Parameters:
  ///   - classes: the class of each row that wants a partner.
  ///   - candidates: the class of each row of the other file.
  /// - Returns: nil for a row of a class without candidates.
  mutating func partners(of classes: [Int], among candidates: [Int]) -> [Int?] {
    var shuffled = [[Int]](repeating: [], count: (classes + candidates).max().map { $0 + 1 } ?? 0)
    for row in generator.permutation(count: candidates.count) { shuffled[candidates[row]].append(row) }
    var taken = [Int](repeating: 0, count: shuffled.count)
    return classes.map { index in
      let rows = shuffled[index]
      guard !rows.isEmpty else { return nil }
      defer { taken[index] += 1 }
      return rows[taken[index] % rows.count]
    }
  }
}
