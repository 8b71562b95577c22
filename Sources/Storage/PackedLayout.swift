/// What a packed file holds and where: the names the format fixes, and the extents of one file.
struct PackedLayout: Sendable {
  static let format = "mhvae-dist dataset"
  /// Files that need nothing of version 2 are of version 1.
  static let versions = 1...2
  static let sourceRow = "source_row"

  let modalities: [ModalityDescription]
  let rowCounts: [Split: Int]
  /// The modalities that some rows of a split lack: a mask says which.
  var gaps: [Split: Set<String>] = [:]

  /// The oldest that knows all that the file holds.
  var version: Int {
    gaps.values.contains { !$0.isEmpty } || modalities.contains { $0.standardization != nil } ? 2 : 1
  }

  func rowCount(of split: Split) -> Int { rowCounts[split] ?? 0 }

  static func group(of modality: String) -> String { "modalities/\(modality)" }

  static func dataset(_ modality: String, _ split: Split) -> String { "\(split.rawValue)/\(modality)" }

  /// One byte a row: 1 if the row has the modality, else 0.
  static func mask(_ modality: String, _ split: Split) -> String { "present/\(split.rawValue)/\(modality)" }

  func hasGaps(_ modality: String, _ split: Split) -> Bool { gaps[split]?.contains(modality) ?? false }

  /// Every dataset with its shape and type, in canonical order.
  var datasets: [(path: String, shape: [Int], type: ElementType)] {
    Split.allCases.flatMap { split in
      let rows = rowCount(of: split)
      let masked = modalities.filter { hasGaps($0.name, split) }
      return modalities.map {
        (PackedLayout.dataset($0.name, split), $0.storedShape(rowCount: rows), $0.elementType)
      } + masked.map { (PackedLayout.mask($0.name, split), [rows], .uint8) }
        + [(PackedLayout.dataset(PackedLayout.sourceRow, split), [rows], .int64)]
    }
  }
}
