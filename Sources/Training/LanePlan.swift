package import Configuration
package import Storage

/// Who supplies which row of which batch, whatever the number of ranks.
///
/// The training rows are cut into as many contiguous lanes as the global batch has rows; lane j always supplies row j
/// of every batch. The first `rowCount % batchSize` lanes are one row longer and make the last, partial batch. A rank
/// owns a contiguous run of lanes, so that its shard is one slab of the file.
package struct LanePlan: Equatable, Sendable {
  package let rowCount: Int
  /// Rows of a full batch over all ranks.
  package let batchSize: Int
  package let rank: Int
  package let worldSize: Int

  /// - Throws: `TrainingError` when there are more ranks than rows in a batch, or more rows in a batch than in the data.
  package init(rowCount: Int, batchSize: Int, rank: Int, worldSize: Int) throws(TrainingError) {
    guard batchSize >= worldSize else {
      throw TrainingError(
        "training.batch_size is \(batchSize), smaller than the \(worldSize) ranks: every rank needs at least one row; "
          + "start fewer ranks or enlarge the batch")
    }
    guard rowCount >= batchSize else {
      throw TrainingError(
        "training.batch_size is \(batchSize), but the data has only \(rowCount) training rows; choose a smaller batch")
    }
    (self.rowCount, self.batchSize, self.rank, self.worldSize) = (rowCount, batchSize, rank, worldSize)
  }

  /// Lanes that are one row longer than the others.
  private var longLanes: Int { rowCount % batchSize }
  private var shortLength: Int { rowCount / batchSize }

  package var stepsPerEpoch: Int { shortLength + (longLanes > 0 ? 1 : 0) }

  /// The lanes of this rank.
  package var lanes: Range<Int> {
    batchSize * rank / worldSize..<batchSize * (rank + 1) / worldSize
  }

  /// The rows of this rank's part of a full batch, cut where the whole batch would be cut into `count` pieces.
  /// - Throws: `TrainingError` when pieces would lie on two ranks.
  package func pieces(of count: Int) throws(TrainingError) -> [Range<Int>] {
    guard count <= batchSize else {
      throw TrainingError("training.pieces is \(count), more than the \(batchSize) rows of a batch")
    }
    guard count % worldSize == 0, worldSize.nonzeroBitCount == 1 else {
      let allowed = (0...count.trailingZeroBitCount).map { "\(1 << $0)" }.joined(separator: ", ")
      throw TrainingError(
        "training.pieces is \(count), so the number of ranks must be one of \(allowed), not \(worldSize)")
    }
    let own = count / worldSize
    return (own * rank..<own * (rank + 1)).map { piece in
      batchSize * piece / count - lanes.lowerBound..<batchSize * (piece + 1) / count - lanes.lowerBound
    }
  }

  /// The rows of the file that a lane holds.
  package func rows(of lane: Int) -> Range<Int> {
    let start = lane * shortLength + min(lane, longLanes)
    return start..<start + shortLength + (lane < longLanes ? 1 : 0)
  }

  /// The rows of the file that this rank keeps in memory.
  package var shard: Range<Int> {
    guard let first = lanes.first, let last = lanes.last else { return 0..<0 }
    return rows(of: first).lowerBound..<rows(of: last).upperBound
  }

  /// Rows of one step over all ranks.
  package func globalRows(step: Int) -> Int { step < shortLength ? batchSize : longLanes }

  /// The lanes of this rank that supply a row in one step: all but in the last, partial batch.
  package func lanes(step: Int) -> Range<Int> {
    lanes.lowerBound..<max(lanes.lowerBound, min(lanes.upperBound, globalRows(step: step)))
  }
}

extension LanePlan {
  /// This rank's rows of each piece that the configuration asks for; none if it asks for one.
  package func pieces(_ configuration: RunConfiguration) throws(TrainingError) -> [Range<Int>] {
    configuration.training.pieces > 1 ? try pieces(of: configuration.training.pieces) : []
  }

  /// The plan of a training run on `dataset`.
  /// - Throws: `TrainingError` when batch, data and ranks do not fit each other.
  package init(
    _ configuration: RunConfiguration, dataset: borrowing PackedDataset, rank: Int, worldSize: Int
  ) throws(TrainingError) {
    try self.init(
      rowCount: dataset.rowCount(of: .train), batchSize: configuration.training.batchSize, rank: rank,
      worldSize: worldSize)
    guard globalRows(step: stepsPerEpoch - 1) > 1 else {
      throw TrainingError(
        "training.batch_size \(batchSize) leaves one of \(rowCount) training rows for the last step, and a "
          + "batch norm finds no variance in one row; choose another batch size")
    }
  }
}
