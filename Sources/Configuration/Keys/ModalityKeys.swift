extension ModalityConfiguration {
  /// Those that a modality has in every family.
  static let keys = [
    Keys.name.description, Keys.shape.description, Keys.likelihood.description, Keys.scale.description,
    Keys.rate.description, Keys.exposure.description, Keys.binarization.description,
    Keys.reconstructionWeight.description, Keys.encoder.description, Keys.decoder.description,
    SourceUnit.key.description,
  ]

  enum Keys {
    static let name = ConfigurationKey.word(
      "name", "As in the dataset: letters, digits, `-` and `_`, and neither `core` nor `joint`.")
    static let shape = ConfigurationKey.shape(
      "shape", "[width] or [channels, height, width]", "One observation, as in the dataset."
    ) { _ in true }
    static let likelihood = ConfigurationKey<LikelihoodKind>.choice(
      "likelihood", "The distribution that its decoder gives.")
    static let scale = ConfigurationKey<LikelihoodScale>.scale(
      "scale", "The standard deviation of a `gaussian` likelihood, or b of a `laplace` likelihood."
    ).or(.unit)
    static let rate = ConfigurationKey<CountLink>.choice(
      "rate", "How the output of a decoder becomes the rate of `poisson` or `negative_binomial` counts."
    ).or(.softplus)
    static let exposure = ConfigurationKey<Exposure>.choice("exposure", "What rates of counts refer to.").or(.none)
    static let binarization = ConfigurationKey<Binarization>.choice(
      "binarization", "How values of a `bernoulli` likelihood become zeros and ones."
    ).or(.none)
    static let reconstructionWeight = ConfigurationKey<ReconstructionWeight>.reconstructionWeight(
      "reconstruction_weight",
      "lambda, what its log-likelihood is multiplied by in training; evaluation takes no notice. `dimensions`: values "
        + "of the largest modality over its own."
    ).or(.factor(1))
    static let encoder = ConfigurationKey.layers(
      "encoder", "From the observation to the representation, from which mean and variance of a latent are read.")
    static let decoder = ConfigurationKey.layers(
      "decoder", "From the latent to the observation; the last layer gives as many values as `shape` says.")
  }
}

extension ConfigurationKey<LikelihoodScale> {
  fileprivate static func scale(_ name: String, _ meaning: String) -> Self {
    let words = ScaleWord.words.map { "`\($0)`" }.joined(separator: ", ")
    // Below, the Gaussian's variance would count as e^-30.
    return Self(name, "\(words), number of at least 1e-6", meaning) { (reader, name) throws(ConfigurationError) in
      if reader.isNumber(name) { return .fixed(try reader.number(name, "of at least 1e-6") { $0 >= 1e-6 }) }
      return switch try reader.choice(name, ScaleWord.self) {
      case .unit: .unit
      case .learned: .learned
      case .perValue: .perValue
      }
    }
  }
}

extension ConfigurationKey<ReconstructionWeight> {
  fileprivate static func reconstructionWeight(_ name: String, _ meaning: String) -> Self {
    let expectation = "of at least 0"
    return Self(name, "number \(expectation), `dimensions`", meaning) { (reader, name) throws(ConfigurationError) in
      if (try? reader.string(name)) == "dimensions" { return .dimensions }
      return .factor(try reader.number(name, "\(expectation), or dimensions") { $0 >= 0 })
    }
  }
}
