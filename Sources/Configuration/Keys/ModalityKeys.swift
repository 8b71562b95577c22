extension ModalityConfiguration {
  /// Those that a modality has in every family.
  static let keys = [
    Keys.name.description, Keys.shape.description, Keys.likelihood.description, Keys.scale.description,
    Keys.binarization.description, Keys.reconstructionWeight.description, Keys.encoder.description,
    Keys.decoder.description, SourceUnit.key.description,
  ]

  enum Keys {
    static let name = ConfigurationKey.word(
      "name", "As in the dataset: letters, digits, `-` and `_`, and neither `core` nor `joint`.")
    static let shape = ConfigurationKey.shape(
      "shape", "[width] or [channels, height, width]", "One observation, as in the dataset."
    ) { _ in true }
    static let likelihood = ConfigurationKey<LikelihoodKind>.choice(
      "likelihood", "The distribution that its decoder gives.")
    static let scale = ConfigurationKey<GaussianScale>.choice("scale", "The variance of a `gaussian` likelihood.")
      .or(.unit)
    static let binarization = ConfigurationKey<Binarization>.choice(
      "binarization", "How values of a `bernoulli` likelihood become zeros and ones."
    ).or(.none)
    static let reconstructionWeight = ConfigurationKey.number(
      "reconstruction_weight", "of at least 0",
      "lambda, what its log-likelihood is multiplied by in training; evaluation takes no notice."
    ) { $0 >= 0 }.or(1)
    static let encoder = ConfigurationKey.layers(
      "encoder", "From the observation to the representation, from which mean and variance of a latent are read.")
    static let decoder = ConfigurationKey.layers(
      "decoder", "From the latent to the observation; the last layer gives as many values as `shape` says.")
  }
}
