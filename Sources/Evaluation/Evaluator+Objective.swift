internal import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
internal import Layers
internal import Models

extension Evaluator {
  /// The evidence lower bound and its terms on the test rows: one draw a row, nothing dropped, all weights 1.
  /// - Throws: what the exchange throws.
  package func objective() throws -> ObjectiveEstimate {
    let pass = model.makeObjectivePass(rows: RowBlocks.rowCount)
    let assembly = BatchAssembly(model, rows: RowBlocks.rowCount, seed: seed, noisePurpose: .validationNoise)
    let weights = ObjectiveWeights(
      reconstruction: model.configuration.modalities.map { _ in 1 }, modality: 1, core: 1)
    var sums = [Double](repeating: 0, count: model.termNames.count)
    for start in stride(from: shard.rows.lowerBound, to: shard.rows.upperBound, by: RowBlocks.rowCount) {
      let rows = start..<min(start + RowBlocks.rowCount, shard.rows.upperBound)
      assembly.begin(BatchRows(local: rows.count, global: rows.count), masked: false)
      for (index, row) in rows.enumerated() {
        assembly.fill(index, from: shard, row: row, step: 0, row: UInt32(row))
      }
      try pass.forward(assembly.batch, weights: weights, mode: .evaluation, replicas: LoneReplica())
      for i in sums.indices { sums[i] += pass.termSums[i] }
    }
    try sums.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    let terms = sums.map { $0 / Double(rowCount) }
    return ObjectiveEstimate(
      elbo: terms.withUnsafeBufferPointer { model.elbo(terms: $0) },
      terms: Dictionary(uniqueKeysWithValues: zip(model.termNames, terms)))
  }
}
