package import Configuration

extension RunConfiguration {
  /// The first key that a resumed run must keep and that differs; nil if there is none.
  package func keyThatMustNotDiffer(from other: RunConfiguration) -> String? {
    if name != other.name { return "name" }
    if model.withoutSourceUnits != other.model.withoutSourceUnits { return "model" }
    if training.batchSize != other.training.batchSize { return "training.batch_size" }
    if training.seed != other.training.seed { return "training.seed" }
    if training.microBatches != other.training.microBatches { return "training.micro_batches" }
    if training.optimizer != other.training.optimizer { return "training.optimizer" }
    if training.precision != other.training.precision { return "training.precision" }
    // Whether there is an average decides what a checkpoint holds; its decay may change.
    if (training.emaDecay == nil) != (other.training.emaDecay == nil) { return "training.ema_decay" }
    switch (training.objective, other.training.objective) {
    case (.iwae(let draws), .iwae(let otherDraws)): return draws == otherDraws ? nil : "training.draws"
    case (let own, let others): return own == others ? nil : "training.objective"
    }
  }
}

extension ModelConfiguration {
  /// Units follow from the data, which are compared by their fingerprint.
  fileprivate var withoutSourceUnits: ModelConfiguration {
    var model = self
    for i in model.modalities.indices { model.modalities[i].sourceUnit = nil }
    return model
  }
}
