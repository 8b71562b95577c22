package import Configuration
package import Models

extension RunConfiguration {
  /// The first key that a resumed run must keep and that differs.
  package func keyThatMustNotDiffer(from other: RunConfiguration) -> String? {
    if name != other.name { return "name" }
    if model != other.model { return "model" }
    if training.batchSize != other.training.batchSize { return "training.batch_size" }
    if training.seed != other.training.seed { return "training.seed" }
    if training.pieces != other.training.pieces { return "training.pieces" }
    return nil
  }

  /// lambda, beta_m and beta_c in an epoch, counted from 1.
  package func objectiveWeights(epoch: Int) -> ObjectiveWeights {
    ObjectiveWeights(
      reconstruction: model.modalities.map(\.reconstructionWeight),
      modality: training.warmUp.modality.map { min(1, Double(epoch) / Double($0)) } ?? 1,
      core: min(1, Double(epoch) / Double(training.warmUp.core)))
  }
}
