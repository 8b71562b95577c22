package import Storage

/// How much of a rank's training rows is in memory at a time when they are streamed.
package struct StreamLayout: Equatable, Sendable {
  /// Steps whose rows one window holds; there are two windows.
  package let windowSteps: Int
  /// Everything that streaming allocates: two windows, one block of the file, one index a row of this rank.
  package let byteCount: Int

  /// Whether the rows are too large to be kept.
  package static func isNeeded(
    _ plan: BatchPlan, _ dataset: borrowing PackedDataset, _ modalities: [DataModality], memory: Int
  ) -> Bool {
    plan.shard.count * (dataset.rowByteCount(of: modalities) + indexBytes) > memory
  }

  /// - Parameter memory: the most bytes to hold.
  /// - Throws: `DataLoadingError` when that is too little for two windows of one step.
  package init(
    _ plan: BatchPlan, _ dataset: borrowing PackedDataset, _ modalities: [DataModality], memory: Int
  ) throws(DataLoadingError) {
    let (partitions, longest) = (plan.partitions.count, plan.rows(of: plan.partitions.lowerBound).count)
    let fixed = Self.blockByteCount(plan, dataset, modalities) + (plan.shard.count + longest) * Self.indexBytes
    let step = 2 * partitions * (dataset.rowByteCount(of: modalities) + Self.indexBytes)
    let steps = (memory - fixed) / step
    guard steps >= 1 else {
      let needed = (fixed + step + 1 << 20 - 1) >> 20
      throw DataLoadingError(
        "--shard-memory \(memory >> 20) is too little to train on \(dataset.path): a rank needs \(needed) MiB for two "
          + "steps of \(partitions) rows, a block of the file and the order of its rows")
    }
    windowSteps = min(steps, plan.stepsPerEpoch)
    byteCount = fixed + windowSteps * step
  }

  /// The number of a row.
  private static let indexBytes = MemoryLayout<UInt32>.size

  /// Of the largest block that is read at a time.
  static func blockByteCount(
    _ plan: BatchPlan, _ dataset: borrowing PackedDataset, _ modalities: [DataModality]
  ) -> Int {
    var largest = 0
    for description in dataset.descriptions(of: modalities) {
      let rows = min(dataset.blockRowCount(description.name, .train), plan.shard.count)
      largest = max(largest, rows * description.rowByteCount)
      if dataset.hasGaps(description.name, .train) {
        largest = max(largest, min(dataset.maskBlockRowCount(description.name, .train), plan.shard.count))
      }
    }
    return largest
  }
}

extension PackedDataset {
  /// Bytes that one row of these modalities takes in memory.
  package func rowByteCount(of modalities: [DataModality]) -> Int {
    descriptions(of: modalities).map(\.rowByteCount).reduce(0, +) + modalities.count { hasGaps($0.name) }
  }
}
