package import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
internal import Layers
package import Models
package import Storage

/// The objective on the validation rows, each rank a contiguous part of them. Evaluation mode, no masks, and the same
/// noise in every epoch, so that epochs can be compared.
package final class Validation {
  private let rows: SequentialRows
  private let assembly: BatchAssembly
  private let rowCount: Int
  private let collectives: any Collectives
  private let sums: UnsafeMutableBufferPointer<Double>

  /// Reads this rank's part of the validation rows.
  /// - Parameter memory: the most bytes of them to hold, one batch at least; more are read in blocks every epoch.
  package init(
    _ dataset: borrowing PackedDataset, model: any Model, seed: UInt64, collectives: any Collectives,
    memory: Int = .max
  ) throws {
    rowCount = dataset.rowCount(of: .validation)
    rows = try SequentialRows(
      dataset, modalities: model.configuration.dataModalities, split: .validation,
      rows: collectives.ownPart(of: rowCount), batchRows: Replica.evaluationRows, memory: memory)
    assembly = BatchAssembly(model, rows: Replica.evaluationRows, seed: seed, noisePurpose: .validationNoise)
    self.collectives = collectives
    sums = .allocate(capacity: model.termNames.count)
  }

  deinit { sums.deallocate() }

  /// The terms' means over all validation rows; nil if there are none. A rank that receives a stop request skips the
  /// rest of its rows: where `replica.stop` has a cause afterwards, the means are incomplete.
  package func terms(of replica: Replica, weights: ObjectiveWeights) throws -> [Double]? {
    guard rowCount > 0 else { return nil }
    collectives.watchdog.progress.enter(.validation)
    sums.update(repeating: 0)
    try rows.forEachBlock { try add($0, of: replica, weights) }
    return try replica.allReduceStepMessage(sums) { try collectives.sum($0) }.map { $0 / Double(rowCount) }
  }

  /// - Returns: whether to continue.
  private func add(_ shard: Shard, of replica: Replica, _ weights: ObjectiveWeights) throws -> Bool {
    for start in stride(from: shard.rows.lowerBound, to: shard.rows.upperBound, by: Replica.evaluationRows) {
      guard replica.stop.requests?.cause == nil else { return false }
      let rows = start..<min(start + Replica.evaluationRows, shard.rows.upperBound)
      assembly.begin(BatchRows(local: rows.count, global: rows.count), masked: false)
      for (index, row) in rows.enumerated() {
        assembly.fill(index, from: shard, row: row, step: 0, row: UInt32(row))
      }
      let terms = try replica.evaluateTerms(assembly.batch, weights: weights)
      for i in sums.indices { sums[i] += terms[i] }
    }
    return true
  }
}
