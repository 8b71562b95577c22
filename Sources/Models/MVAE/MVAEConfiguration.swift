package import Configuration

/// The family `mvae`: one latent for all modalities, their experts multiplied.
package struct MVAEConfiguration: ModelFamily {
  package static let name: FamilyName = "mvae"
  package static let keys = ["latent"]

  package var latent: Int

  package init(_ reader: ConfigurationReader) throws(ConfigurationError) { latent = try reader.extent("latent") }

  package func latent(_ modality: ConfigurationReader) -> Int { latent }

  package var entries: [ConfigurationEntry] { [ConfigurationEntry("latent", latent)] }

  package func makeModel(_ configuration: ModelConfiguration) -> any Model { MVAE(configuration, latent: latent) }
}
