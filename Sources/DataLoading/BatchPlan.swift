package import Configuration
internal import Layers
internal import Models
package import Storage

/// Which row of the data goes into which batch and to which rank (PyTorch's `DistributedSampler`, but with batches that
/// do not depend on the number of ranks).
///
/// The training rows are split into as many contiguous partitions as the global batch has rows; partition j always
/// supplies row j of every batch. The first `rowCount % batchSize` partitions have one row more than the others and
/// form the last, partial batch. A rank owns consecutive partitions, so its shard is one slab of the file.
///
/// A last batch of a single row may be left out instead: its row, the last of the first partition in the order of the
/// epoch, is another one in every epoch.
package struct BatchPlan: Equatable, Sendable {
  package let rowCount: Int
  /// Rows of a full batch over all ranks.
  package let batchSize: Int
  package let rank: Int
  package let worldSize: Int
  /// Whether every epoch leaves out one row, which would be a batch of its own.
  package let leavesOutRow: Bool

  /// - Parameter usesSingleRow: whether a last batch may have one row.
  /// - Throws: `DataLoadingError` when there are more ranks than rows in a batch, or more rows in a batch than in the
  ///   data.
  package init(
    rowCount: Int, batchSize: Int, rank: Int, worldSize: Int, usesSingleRow: Bool = true
  ) throws(DataLoadingError) {
    guard batchSize >= worldSize else {
      throw DataLoadingError(
        "training.batch_size is \(batchSize), smaller than the \(worldSize) ranks: every rank needs at least one row; "
          + "start fewer ranks or enlarge the batch")
    }
    guard rowCount >= batchSize else {
      throw DataLoadingError(
        "training.batch_size is \(batchSize), but the data has only \(rowCount) training rows; choose a smaller batch")
    }
    (self.rowCount, self.batchSize, self.rank, self.worldSize) = (rowCount, batchSize, rank, worldSize)
    leavesOutRow = !usesSingleRow && rowCount % batchSize == 1
  }

  /// Partitions that are one row longer than the others.
  private var longPartitions: Int { rowCount % batchSize }
  private var shortLength: Int { rowCount / batchSize }

  package var stepsPerEpoch: Int { shortLength + (longPartitions > 0 && !leavesOutRow ? 1 : 0) }
  /// Rows in all batches of an epoch.
  package var rowsPerEpoch: Int { rowCount - (leavesOutRow ? 1 : 0) }

  /// The partitions of this rank.
  package var partitions: Range<Int> {
    batchSize * rank / worldSize..<batchSize * (rank + 1) / worldSize
  }

  /// This rank's micro-batches when a full batch is split into `count`, as rows of the rank's part of the batch.
  /// - Throws: `DataLoadingError` when a micro-batch would be split between two ranks.
  package func microBatches(of count: Int) throws(DataLoadingError) -> [Range<Int>] {
    guard count <= batchSize else {
      throw DataLoadingError("training.micro_batches is \(count), more than the \(batchSize) rows of a batch")
    }
    guard count % worldSize == 0, worldSize.nonzeroBitCount == 1 else {
      let allowed = (0...count.trailingZeroBitCount).map { "\(1 << $0)" }.joined(separator: ", ")
      throw DataLoadingError(
        "training.micro_batches is \(count), so the number of ranks must be one of \(allowed), not \(worldSize)")
    }
    let own = count / worldSize
    func start(_ microBatch: Int) -> Int { batchSize * microBatch / count - partitions.lowerBound }
    return (own * rank..<own * (rank + 1)).map { start($0)..<start($0 + 1) }
  }

  /// The rows of the file that a partition holds.
  package func rows(of partition: Int) -> Range<Int> {
    let start = partition * shortLength + min(partition, longPartitions)
    return start..<start + shortLength + (partition < longPartitions ? 1 : 0)
  }

  /// The rows of the file that this rank keeps in memory.
  package var shard: Range<Int> {
    guard let first = partitions.first, let last = partitions.last else { return 0..<0 }
    return rows(of: first).lowerBound..<rows(of: last).upperBound
  }

  /// Rows of one step over all ranks.
  package func globalRows(step: Int) -> Int { step < shortLength ? batchSize : longPartitions }

  /// The partitions of this rank that supply a row in one step: all of them, except in the last, partial batch.
  package func partitions(step: Int) -> Range<Int> {
    partitions.lowerBound..<max(partitions.lowerBound, min(partitions.upperBound, globalRows(step: step)))
  }
}

extension BatchPlan {
  /// This rank's micro-batches as configured; none where the batch is not split.
  package func microBatches(_ configuration: RunConfiguration) throws(DataLoadingError) -> [Range<Int>] {
    configuration.training.microBatches > 1 ? try microBatches(of: configuration.training.microBatches) : []
  }

  /// The plan of a training run on `dataset`. Leaves out a last batch of one row if some batch norm would have but one
  /// value a channel to normalise: it finds no variance there.
  /// - Throws: `DataLoadingError` when batch, data and ranks do not fit each other, `ConfigurationError` when the model is
  ///   too large.
  package init(
    _ configuration: RunConfiguration, dataset: borrowing PackedDataset, rank: Int, worldSize: Int
  ) throws {
    let (rowCount, batchSize) = (dataset.rowCount(of: .train), configuration.training.batchSize)
    let hasSingleRow = rowCount % batchSize == 1
    let norms = hasSingleRow ? try describeModel(configuration.model).memory.fewestNormPositions : nil
    try self.init(
      rowCount: rowCount, batchSize: batchSize, rank: rank, worldSize: worldSize, usesSingleRow: norms ?? .max > 1)
  }

  /// What differs from what one expects, as a sentence for people.
  package var warning: String? {
    guard leavesOutRow else { return nil }
    return
      "training.batch_size \(batchSize) leaves one of \(rowCount) training rows for a last step, and a batch norm finds "
      + "no variance in one row: each epoch leaves out one row, in turn another"
  }
}
