internal import Configuration
internal import DataLoading
internal import Models
internal import Storage

/// Bytes of rows that are held at a time.
private let mostBytes = 256 << 20

extension Model {
  /// Calls `body` with rows of a split as networks see them, one block after another: the number of a block's first row,
  /// and its rows. Memory does not grow with their number.
  /// - Throws: what reading the data throws, and `body`.
  func forEachBlock(
    of rows: Range<Int>, _ split: Split, _ dataset: borrowing PackedDataset,
    _ body: (_ firstRow: Int, _ block: Observations) throws -> Void
  ) throws {
    guard !rows.isEmpty else { return }
    let source = try SequentialRows(
      dataset, modalities: configuration.dataModalities, split: split, rows: rows, batchRows: RowBlocks.rowCount,
      memory: mostBytes)
    try source.forEachBlock { shard in
      try RowBlocks(shard, of: self).forEachBlock(body)
      return true
    }
  }
}
