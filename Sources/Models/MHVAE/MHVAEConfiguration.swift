package import Configuration

/// The family `mhvae`: a latent for every modality, and a core above them.
package struct MHVAEConfiguration: ModelFamily {
  package static let name: FamilyName = "mhvae"
  package static let meaning =
    "A latent for every modality, and a core above them ([arXiv 2006.02991](https://arxiv.org/abs/2006.02991))."
  package static let keys = [Keys.posterior.description, Keys.core]
  package static let modalityKeys = [Keys.modalityLatent.description, Keys.dropout.description]
  package static let hasModalityWarmUp = true
  package static let hasImportanceWeightedBound = true

  package var posterior: Posterior
  /// Width of z_c.
  package var latent: Int
  package var encoder: [LayerConfiguration]
  package var generator: [LayerConfiguration]

  /// What z_i is drawn from where x_i is known.
  package enum Posterior: String, ConfigurationChoice {
    case encoder
    case topDown = "top_down"

    package var meaning: String {
      switch self {
      case .encoder: "q(z_i given x_i), what the modality's encoder says."
      case .topDown: "q(z_i given x_i, z_c), its normalised product with the generator's p(z_i given z_c)."
      }
    }
  }

  private enum Keys {
    static let posterior = ConfigurationKey.choice(
      "posterior",
      Posterior.allCases.map { "`\($0)`: \($0.meaning)" }.joined(separator: " ")
        + " The parameters are the same; that of z_c stays the core encoder's."
    ).or(Posterior.encoder)
    static let core = KeyDescription.mapping(
      "core", "The latent above all modalities.",
      keys: [latent.description, encoder.description, generator.description])
    static let latent = ConfigurationKey.extent("latent", "Width of the core latent z_c.")
    static let encoder = ConfigurationKey.layers(
      "encoder", "From the representations of all modalities, one after the other, to the core's posterior.")
    static let generator = ConfigurationKey.layers(
      "generator", "From the core latent to the prior of a modality's latent; every modality has its own.")
    static let modalityLatent = ConfigurationKey.extent("latent", "Width of the modality's latent z_i.")
    static let dropout = ConfigurationKey.number(
      "dropout", "from 0 to 0.99", "The probability that its representation is hidden from the core in training."
    ) { 0 <= $0 && $0 <= 0.99 }.or(0.5)
  }

  package init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    posterior = try reader.value(Keys.posterior)
    let core = try reader.mapping(Keys.core)
    latent = try core.value(Keys.latent)
    encoder = try core.value(Keys.encoder)
    generator = try core.value(Keys.generator)
  }

  package func latent(_ modality: ConfigurationReader) throws(ConfigurationError) -> Int {
    try modality.value(Keys.modalityLatent)
  }

  package var asPublished: MHVAEConfiguration {
    var family = self
    family.posterior = .encoder
    return family
  }

  package func dropout(_ modality: ConfigurationReader) throws(ConfigurationError) -> Double {
    try modality.value(Keys.dropout)
  }

  package func validate(
    _ modalities: [ModalityConfiguration], representation: Int, path: String
  ) throws(ConfigurationError) {
    _ = try encoder.outputShape(from: .flat(representation), path: "\(path)core.encoder")
    _ = try generator.outputShape(from: .flat(latent), path: "\(path)core.generator")
  }

  package var entries: [ConfigurationEntry] {
    // Earlier versions know no other.
    let changed = posterior == .encoder ? [] : [ConfigurationEntry("posterior", posterior)]
    return changed + [
      ConfigurationEntry(
        "core",
        [
          ConfigurationEntry("latent", latent), ConfigurationEntry("encoder", encoder),
          ConfigurationEntry("generator", generator),
        ])
    ]
  }

  package func entries(of modality: ModalityConfiguration) -> [ConfigurationEntry] {
    [ConfigurationEntry("latent", modality.latent), ConfigurationEntry("dropout", modality.dropout)]
  }

  package func makeModel(_ configuration: ModelConfiguration) -> any Model { MHVAE(configuration, self) }
}
