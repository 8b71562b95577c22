/// What a packed file holds and where: the names the format fixes, and the extents of one file.
struct PackedLayout: Sendable {
  static let format = "mhvae-dist dataset"
  static let version = 1
  static let sourceRow = "source_row"

  let modalities: [ModalityDescription]
  let rowCounts: [Split: Int]

  func rowCount(of split: Split) -> Int { rowCounts[split] ?? 0 }

  static func group(of modality: String) -> String { "modalities/\(modality)" }

  static func dataset(_ modality: String, _ split: Split) -> String { "\(split.rawValue)/\(modality)" }

  /// Every dataset with its shape and type, in canonical order.
  var datasets: [(path: String, shape: [Int], type: ElementType)] {
    Split.allCases.flatMap { split in
      let rows = rowCount(of: split)
      return modalities.map {
        (PackedLayout.dataset($0.name, split), $0.storedShape(rowCount: rows), $0.elementType)
      } + [(PackedLayout.dataset(PackedLayout.sourceRow, split), [rows], .int64)]
    }
  }
}
