package import Configuration

extension RunConfiguration {
  /// lambda, beta_m and beta_c of eq. (13) in an epoch, counted from 1: KL warm-up is linear, `final min(1, epoch / U)`.
  package func objectiveWeights(epoch: Int) -> ObjectiveWeights {
    let warmUp = training.warmUp
    return ObjectiveWeights(
      reconstruction: model.reconstructionWeights,
      modality: warmUp.modality.map { warmUp.modalityFinal * min(1, Double(epoch) / Double($0)) } ?? 1,
      core: warmUp.coreFinal * min(1, Double(epoch) / Double(warmUp.core)))
  }
}
