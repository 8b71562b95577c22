import Console
import Storage

extension PackedDataset {
  /// Calls `body` with all stored rows of a modality, a block at a time.
  func forEachBlock(
    of modality: ModalityDescription, _ split: Split, _ body: (_ block: [UInt8]) throws -> Void
  ) throws {
    try RowBlocks(rowByteCount: modality.rowByteCount).inOrder(rowCount(of: split)) {
      try readRows(modality.name, split, $0, into: $1)
    } _: {
      try body($1)
    }
  }

  /// Appends all rows of a modality to the file being written, in the same order, as `name`, and says which rows have
  /// it if the file asks.
  func copy(
    _ modality: ModalityDescription, _ split: Split, as name: String, to writer: inout PackedDatasetWriter
  ) throws {
    try forEachBlock(of: modality, split) { try writer.append($0.span.bytes, to: name, split) }
    if hasGaps(modality.name, split) { try writer.append(present: try mask(modality.name, split), to: name, split) }
  }

  /// Appends these rows of a modality as `name`, zeros for nil, and says which rows have it if there are gaps.
  func append(
    _ rows: [Int?], of modality: ModalityDescription, _ split: Split, as name: String,
    to writer: inout PackedDatasetWriter
  ) throws {
    try appendContent(of: rows, modality, split, as: name, to: &writer)
    guard hasGaps(modality.name, split) || rows.contains(nil) else { return }
    let mask = try mask(modality.name, split)
    try writer.append(present: rows.map { $0.map { mask[$0] } ?? false }, to: name, split)
  }

  /// The same without a mask.
  func appendContent(
    of rows: [Int?], _ modality: ModalityDescription, _ split: Split, as name: String,
    to writer: inout PackedDatasetWriter
  ) throws {
    let size = modality.rowByteCount
    if rowCount(of: split) == 0 {
      let zeros = [UInt8](repeating: 0, count: size)
      for _ in rows { try writer.append(zeros.span.bytes, to: name, split) }
    } else {
      var place = 0
      try RowBlocks(rowByteCount: size).gathered(rows.map { $0 ?? 0 }) {
        try readRows(modality.name, split, $0, into: $1)
      } _: { block in
        var block = block
        for start in stride(from: 0, to: block.count, by: size) {
          if rows[place] == nil { for byte in start..<start + size { block[byte] = 0 } }
          place += 1
        }
        try writer.append(block.span.bytes, to: name, split)
      }
    }
  }

  /// The rows of every split.
  var rowCounts: [Split: Int] {
    Dictionary(uniqueKeysWithValues: Split.allCases.map { ($0, rowCount(of: $0)) })
  }
}

extension ModalityDescription {
  /// The same under another name.
  func renamed(_ name: String) -> ModalityDescription {
    var copy = self
    copy.name = name
    return copy
  }
}

/// The name that occurs twice, if one does.
func firstDuplicate(_ names: [String]) -> String? {
  var seen: Set<String> = []
  return names.first { !seen.insert($0).inserted }
}

extension PackingError {
  static func noModality(_ name: String, among modalities: [ModalityDescription], file: String) -> PackingError {
    PackingError(
      file: file, "there is no modality \"\(name)\"; \(Suggestion.phrase(for: name, among: modalities.map(\.name)))")
  }
}
