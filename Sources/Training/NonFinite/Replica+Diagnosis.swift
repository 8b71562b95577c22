internal import Communication
internal import Configuration
internal import Foundation
internal import Kernels
internal import Layers
internal import Models

extension Replica {
  /// Diagnoses, with the other ranks, why a loss or gradient is not finite. Weights are still those before the step.
  /// Collective.
  /// - Parameters:
  ///   - tensor: one of this rank's whose gradient or running statistic is not finite.
  ///   - rows: the rows of the training split that this rank's part of the batch is made of.
  func diagnose(
    _ batch: Batch, weights: ObjectiveWeights, terms: [String], tensor: NonFiniteTensor?, rows: [Int]
  ) throws -> NonFiniteStep {
    let pass = model.makeObjectivePass(rows: 1)
    let found = try rows.indices.map { try self.terms(of: $0, batch, weights: weights, pass) }
    // In training, batch norms spread one row's values to all rows and ranks. Single rows show where it began.
    let names = Set(found.flatMap { namesOfNonFinite($0) })
    // Single rows have no batch statistics: they cannot show where those began.
    let isStatistic = if case .statistic = tensor { terms.isEmpty } else { false }
    let own = Diagnosis(
      rank: collectives.rank, host: ownHostName(),
      terms: names.isEmpty || isStatistic ? terms : model.termNames.filter(names.contains),
      tensor: tensor, suspectRows: Self.outliers(found).map { rows[$0] }, rows: rows,
      largeModalities: ranges(batch).filter(\.isLarge))
    let text = String(decoding: try JSONEncoder().encode(own), as: UTF8.self)
    let diagnoses = try collectives.allGather(text: text).map {
      try JSONDecoder().decode(Diagnosis.self, from: Data($0.utf8))
    }
    return NonFiniteStep(step: stepCount + 1, diagnoses)
  }

  /// The terms of one row of a batch, in evaluation mode, with the first of its draws.
  private func terms(
    of row: Int, _ batch: Batch, weights: ObjectiveWeights, _ pass: any ObjectivePass
  ) throws -> [Double] {
    var single = batch.rows(row..<row + 1, global: 1)
    single.noise = zip(single.noise, model.objectiveNoise).map { $0.columns(0..<$1.width) }
    try pass.forward(single, weights: weights, mode: .evaluation, replicas: LoneReplica())
    return Array(pass.termSums)
  }

  /// What the modalities of numbers and counts in a batch hold.
  private func ranges(_ batch: Batch) -> [ModalityRange] {
    zip(model.configuration.modalities, batch.inputs).compactMap { modality, input in
      let likelihood = modality.likelihood
      guard likelihood != .bernoulli, likelihood != .categorical, let low = input.values.min(),
        let high = input.values.max()
      else { return nil }
      return ModalityRange(modality: modality.name, isOfCounts: likelihood.isOfCounts, low: low, high: high)
    }
  }

  /// The names of terms that are not finite.
  func namesOfNonFinite(_ terms: some Collection<Double>) -> [String] {
    zip(model.termNames, terms).filter { !$1.isFinite }.map(\.0)
  }

  /// Places of rows whose terms are not finite, or a thousand times those of other rows.
  private static func outliers(_ terms: [[Double]]) -> [Int] {
    let sizes = terms.map { $0.reduce(0) { $0 + abs($1) } }
    let finite = sizes.filter(\.isFinite).sorted()
    let usual = finite.isEmpty ? 0 : finite[(finite.count - 1) / 2]
    return sizes.indices.filter { !sizes[$0].isFinite || sizes[$0] > 1000 * usual }
  }
}
