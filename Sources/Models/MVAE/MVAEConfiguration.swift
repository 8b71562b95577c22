package import Configuration

/// The family `mvae`: one latent for all modalities, their experts multiplied.
package struct MVAEConfiguration: ModelFamily {
  package static let name: FamilyName = "mvae"
  package static let meaning =
    "One latent, the experts of all modalities multiplied ([arXiv 1802.05335](https://arxiv.org/abs/1802.05335))."
  package static let keys = [latentKey.description]

  private static let latentKey = ConfigurationKey.extent("latent", "Width of the latent.")

  package var latent: Int

  package init(_ reader: ConfigurationReader) throws(ConfigurationError) { latent = try reader.value(Self.latentKey) }

  package func latent(_ modality: ConfigurationReader) -> Int { latent }

  package var entries: [ConfigurationEntry] { [ConfigurationEntry("latent", latent)] }

  package func makeModel(_ configuration: ModelConfiguration) -> any Model { MVAE(configuration, latent: latent) }
}
