/// Which rows have which modality.
struct PresenceTable {
  let names: [String]
  /// One a modality.
  var columns: [[Bool]] = []

  init(_ names: [String]) { self.names = names }

  var rowCount: Int { columns.first?.count ?? 0 }

  func count(of row: Int) -> Int { columns.count { $0[row] } }
}

/// Draws which rows lose which modality.
struct DropDraw {
  private var generator: SplitMix64
  private let fraction: Double

  init(seed: UInt64, fraction: Double) { (generator, self.fraction) = (SplitMix64(seed: seed), fraction) }

  /// Takes each of `names` from the given part of the rows that have it. Where a row would lose everything, it gets one
  /// back and another row loses that instead, so that the counts are exact.
  /// - Returns: false if there are not enough rows that could lose something.
  mutating func drop(_ names: [String], from table: inout PresenceTable) -> Bool {
    let chosen = table.names.indices.filter { names.contains(table.names[$0]) }
    var dropped: [[Int]] = table.names.map { _ in [] }
    for modality in chosen {
      let having = (0..<table.rowCount).filter { table.columns[modality][$0] }
      let order = generator.permutation(count: having.count)
      dropped[modality] = order.prefix(Int((Double(having.count) * fraction).rounded())).map { having[$0] }
      for row in dropped[modality] { table.columns[modality][row] = false }
    }
    let lost = chosen.map { Set(dropped[$0]) }
    for row in 0..<table.rowCount where table.count(of: row) == 0 {
      let candidates = chosen.indices.filter { lost[$0].contains(row) }
      let modality = chosen[candidates[Int(generator.next(below: UInt64(candidates.count)))]]
      table.columns[modality][row] = true
      guard let other = richRow(modality, in: table) else { return false }
      table.columns[modality][other] = false
    }
    return true
  }

  /// A row, by chance, that has a modality and another one besides.
  private mutating func richRow(_ modality: Int, in table: PresenceTable) -> Int? {
    let start = Int(generator.next(below: UInt64(table.rowCount)))
    return (0..<table.rowCount).lazy.map { (start + $0) % table.rowCount }
      .first { table.columns[modality][$0] && table.count(of: $0) > 1 }
  }
}
