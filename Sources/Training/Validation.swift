package import Communication
internal import Configuration
internal import Kernels
internal import Layers
package import Models
package import Storage

/// The objective on the validation rows, each rank a contiguous part of them. Evaluation mode, no masks, and the same
/// noise in every epoch, so that epochs can be compared.
package final class Validation {
  private let shard: Shard
  private let assembly: BatchAssembly
  private let rowCount: Int
  private let collectives: any Collectives
  private let sums: UnsafeMutableBufferPointer<Double>

  /// Reads this rank's part of the validation rows.
  package init(
    _ dataset: borrowing PackedDataset, model: any Model, seed: UInt64, collectives: any Collectives
  ) throws {
    let (rank, size) = (collectives.rank, collectives.worldSize)
    rowCount = dataset.rowCount(of: .validation)
    shard = try Shard(
      dataset, modalities: model.configuration.dataModalities, split: .validation,
      rows: rowCount * rank / size..<rowCount * (rank + 1) / size)
    assembly = BatchAssembly(model, rows: Replica.evaluationRows, seed: seed, noisePurpose: .validationNoise)
    self.collectives = collectives
    sums = .allocate(capacity: model.termNames.count)
  }

  deinit { sums.deallocate() }

  /// The terms' means over all validation rows; nil if there are none.
  package func terms(of replica: Replica, weights: ObjectiveWeights) throws -> [Double]? {
    guard rowCount > 0 else { return nil }
    sums.update(repeating: 0)
    for start in stride(from: shard.rows.lowerBound, to: shard.rows.upperBound, by: Replica.evaluationRows) {
      let rows = start..<min(start + Replica.evaluationRows, shard.rows.upperBound)
      assembly.begin(BatchRows(local: rows.count, global: rows.count), masked: false)
      for (place, row) in rows.enumerated() {
        assembly.fill(place, from: shard, row: row, step: 0, row: UInt32(row))
      }
      let terms = try replica.evaluateTerms(assembly.batch, weights: weights)
      for i in sums.indices { sums[i] += terms[i] }
    }
    try collectives.sum(sums)
    return sums.map { $0 / Double(rowCount) }
  }
}
