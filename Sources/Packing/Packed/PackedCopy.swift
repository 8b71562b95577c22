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

  /// Appends these rows of a modality, in the order they are given, as `name`, without a mask.
  func copy(
    rows: [Int], of modality: ModalityDescription, _ split: Split, as name: String,
    to writer: inout PackedDatasetWriter
  ) throws {
    try RowBlocks(rowByteCount: modality.rowByteCount).gathered(rows) {
      try readRows(modality.name, split, $0, into: $1)
    } _: {
      try writer.append($0.span.bytes, to: name, split)
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
