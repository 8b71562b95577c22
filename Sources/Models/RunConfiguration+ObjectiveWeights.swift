package import Configuration

extension RunConfiguration {
  /// lambda, beta_m and beta_c of eq. (13) in an epoch, counted from 1: KL warm-up is linear, `min(1, epoch / U)`.
  package func objectiveWeights(epoch: Int) -> ObjectiveWeights {
    ObjectiveWeights(
      reconstruction: model.reconstructionWeights,
      modality: training.warmUp.modality.map { min(1, Double(epoch) / Double($0)) } ?? 1,
      core: min(1, Double(epoch) / Double(training.warmUp.core)))
  }
}
