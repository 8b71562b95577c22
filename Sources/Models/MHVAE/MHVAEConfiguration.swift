package import Configuration

/// The family `mhvae`: a latent for every modality, and a core above them.
package struct MHVAEConfiguration: ModelFamily {
  package static let name: FamilyName = "mhvae"
  package static let keys = ["core"]
  package static let modalityKeys = ["latent", "dropout"]
  package static let hasModalityWarmUp = true

  /// Width of z_c.
  package var latent: Int
  package var encoder: [LayerConfiguration]
  package var generator: [LayerConfiguration]

  package init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    let core = try reader.mapping("core", keys: ["latent", "encoder", "generator"])
    latent = try core.extent("latent")
    encoder = try core.layers("encoder")
    generator = try core.layers("generator")
  }

  package func latent(_ modality: ConfigurationReader) throws(ConfigurationError) -> Int {
    try modality.extent("latent")
  }

  package func dropout(_ modality: ConfigurationReader) throws(ConfigurationError) -> Double {
    modality.has("dropout") ? try modality.number("dropout", "from 0 to 0.99") { 0 <= $0 && $0 <= 0.99 } : 0.5
  }

  package func validate(representation: Int, path: String) throws(ConfigurationError) {
    _ = try encoder.outputShape(from: .flat(representation), path: "\(path)core.encoder")
    _ = try generator.outputShape(from: .flat(latent), path: "\(path)core.generator")
  }

  package var entries: [ConfigurationEntry] {
    [
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
