package import Configuration

/// The family `jmvae`: one latent for all modalities, and an encoder over all of them.
package struct JMVAEConfiguration: ModelFamily {
  package static let name: FamilyName = "jmvae"
  package static let keys = ["latent", "alpha"]

  package var latent: Int
  /// Weighs KL[q(z|all) || q(z|x_i)].
  package var alpha: Double

  package init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    latent = try reader.extent("latent")
    alpha = reader.has("alpha") ? try reader.number("alpha", "of at least 0") { $0 >= 0 } : 0.01
  }

  package func latent(_ modality: ConfigurationReader) -> Int { latent }

  package var entries: [ConfigurationEntry] {
    [ConfigurationEntry("latent", latent), ConfigurationEntry("alpha", alpha)]
  }

  package func makeModel(_ configuration: ModelConfiguration) -> any Model { JMVAE(configuration, self) }
}
