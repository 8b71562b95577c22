internal import Storage

/// What rows of a split lack.
package struct SplitGaps: Sendable {
  let split: Split
  let rowCount: Int
  /// Which modalities rows have together, the most frequent first.
  let patterns: [PresencePattern]

  /// More patterns are not looked at one by one.
  private static let mostPatterns = 12

  /// Of all splits in which rows lack something.
  /// - Throws: `StorageError` when masks cannot be read.
  static func all(of dataset: borrowing PackedDataset) throws(StorageError) -> [SplitGaps] {
    var all: [SplitGaps] = []
    for split in Split.allCases where dataset.gaps[split]?.isEmpty == false {
      all.append(
        SplitGaps(split: split, rowCount: dataset.rowCount(of: split), patterns: try dataset.patterns(of: split)))
    }
    return all
  }

  var table: TableView {
    var table = TableView("Rows of \(split.rawValue) that have", header: ["modalities", "rows", "share"])
    func add(_ name: String, _ rows: Int) {
      table.add(name, NumberText.count(rows), NumberText.percent(Double(rows) / Double(rowCount)))
    }
    for name in Set(patterns.flatMap(\.modalities)).sorted() {
      add("\(name), in all", patterns.filter { $0.modalities.contains(name) }.map(\.rows).reduce(0, +))
    }
    for pattern in patterns.prefix(Self.mostPatterns) {
      add(pattern.modalities.joined(separator: " and ") + " alone", pattern.rows)
    }
    if patterns.count > Self.mostPatterns {
      add("other sets", patterns.dropFirst(Self.mostPatterns).map(\.rows).reduce(0, +))
    }
    return table
  }
}
