package import Storage

/// Consecutive rows of one split that are used in their order: kept in memory, or, if they are too large, read from the
/// file every time, block after block.
package final class SequentialRows {
  private let rows: Range<Int>
  private let blockRows: Int
  private let modalities: [DataModality]
  private let split: Split
  /// Nil when rows are read every time.
  private let shard: Shard?
  private let file: DatasetHandle?

  /// - Parameters:
  ///   - batchRows: how many are used at a time; a block has whole batches, and one at least.
  ///   - memory: the most bytes to hold, if that is not less than one batch.
  package init(
    _ dataset: borrowing PackedDataset, modalities: [DataModality], split: Split, rows: Range<Int>, batchRows: Int,
    memory: Int
  ) throws {
    (self.rows, self.modalities, self.split) = (rows, modalities, split)
    let rowBytes = dataset.rowByteCount(of: modalities)
    blockRows = Self.rowsInMemory(of: rows.count, rowBytes: rowBytes, batchRows: batchRows, memory: memory)
    let fits = blockRows == rows.count
    shard = fits ? try Shard(dataset, modalities: modalities, split: split, rows: rows) : nil
    file = fits ? nil : try DatasetHandle(reopening: dataset)
  }

  /// All, or as many whole batches as fit, but one at least.
  package static func rowsInMemory(of count: Int, rowBytes: Int, batchRows: Int, memory: Int) -> Int {
    guard count * rowBytes > memory else { return count }
    return min(count, max(1, memory / (rowBytes * batchRows)) * batchRows)
  }

  /// Calls `body` with shards that together are all rows, in order, until it returns false.
  package func forEachBlock(_ body: (Shard) throws -> Bool) throws {
    if let shard {
      _ = try body(shard)
      return
    }
    guard let file else { return }
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: blockRows) {
      let block = start..<min(start + blockRows, rows.upperBound)
      guard try body(try Shard(file.dataset, modalities: modalities, split: split, rows: block)) else { return }
    }
  }
}
