/// Rows of a split that have the same modalities.
package struct PresencePattern: Equatable, Sendable, Encodable {
  /// What the rows have, in the order of the file.
  package let modalities: [String]
  package let rows: Int
}

extension PackedDataset {
  /// How many rows of each split have each of these modalities.
  /// - Returns: only splits in which some row may lack one of them.
  package func presentRows(of names: [String]) throws(StorageError) -> [Split: [String: Int]] {
    var counts: [Split: [String: Int]] = [:]
    for split in Split.allCases where names.contains(where: { hasGaps($0, split) }) {
      for name in names { counts[split, default: [:]][name] = try mask(name, split).count { $0 } }
    }
    return counts
  }

  /// Which modalities rows of a split have together, the most frequent pattern first.
  package func patterns(of split: Split) throws(StorageError) -> [PresencePattern] {
    var columns: [[Bool]] = []
    for modality in modalities { columns.append(try mask(modality.name, split)) }
    var counts: [[Bool]: Int] = [:]
    for row in 0..<rowCount(of: split) { counts[columns.map { $0[row] }, default: 0] += 1 }
    let patterns = counts.map { present, rows in
      PresencePattern(modalities: zip(modalities, present).filter(\.1).map(\.0.name), rows: rows)
    }
    return patterns.sorted {
      ($1.rows, $0.modalities.joined(separator: " ")) < ($0.rows, $1.modalities.joined(separator: " "))
    }
  }

  /// The modalities that some rows of each split may lack.
  package var gaps: [Split: Set<String>] { layout.gaps }
}
