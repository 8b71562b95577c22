package import Configuration

/// The family `jmvae`: one latent for all modalities, and an encoder over all of them.
package struct JMVAEConfiguration: ModelFamily {
  package static let name: FamilyName = "jmvae"
  package static let meaning =
    "JMVAE-kl: one latent, and an encoder over all modalities ([arXiv 1611.01891](https://arxiv.org/abs/1611.01891))."
  package static let objectionToGaps: String? =
    "jmvae has no posterior for some modalities but not all; train mhvae or mvae on them, or keep complete rows with mhvae-pack complete"
  package static let keys = [Keys.latent.description, Keys.alpha.description]

  package var latent: Int
  /// Weighs KL[q(z|all) || q(z|x_i)].
  package var alpha: Double

  private enum Keys {
    static let latent = ConfigurationKey.extent("latent", "Width of the latent.")
    static let alpha = ConfigurationKey.number(
      "alpha", "of at least 0",
      "Weighs the divergence of every modality's own posterior from that of all modalities together."
    ) { $0 >= 0 }.or(0.01)
  }

  package init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    latent = try reader.value(Keys.latent)
    alpha = try reader.value(Keys.alpha)
  }

  package func latent(_ modality: ConfigurationReader) -> Int { latent }

  package var entries: [ConfigurationEntry] {
    [ConfigurationEntry("latent", latent), ConfigurationEntry("alpha", alpha)]
  }

  package func makeModel(_ configuration: ModelConfiguration) -> any Model { JMVAE(configuration, self) }
}
