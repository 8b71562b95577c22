package import Configuration

/// The family `classifier`: which class a row has, told from each modality by itself. It judges what other models decode.
package struct ClassifierConfiguration: ModelFamily {
  package static let name: FamilyName = "classifier"
  package static let meaning = """
    No generative model: networks that tell the class of a row, `label`, from each other modality by itself. \
    `mhvae-dist judge` trains one, and `evaluate --judge` measures with it. Its modalities have no `decoder`, and the \
    label needs no `encoder`; a modality without one is classified linearly.
    """
  package static let keys = [labelKey.description]
  package static let isGenerative = false

  private static let labelKey = ConfigurationKey.word("label", "The categorical modality whose classes are told.")

  package var label: String

  package init(_ reader: ConfigurationReader) throws(ConfigurationError) { label = try reader.value(Self.labelKey) }

  /// There is none.
  package func latent(_ modality: ConfigurationReader) -> Int { 0 }

  package func validate(
    _ modalities: [ModalityConfiguration], representation: Int, path: String
  ) throws(ConfigurationError) {
    guard let found = modalities.first(where: { $0.name == label }), found.likelihood == .categorical else {
      let classes = modalities.filter { $0.likelihood == .categorical }.map(\.name)
      throw ConfigurationError(
        key: "\(path)\(Self.labelKey.name)",
        "expected a categorical modality (\(classes.isEmpty ? "there is none" : classes.joined(separator: ", "))), "
          + "found \"\(label)\"")
    }
    guard modalities.count > 1 else {
      throw ConfigurationError(key: "\(path)modalities", "there is nothing but the label to tell a class from")
    }
  }

  package var entries: [ConfigurationEntry] { [ConfigurationEntry(Self.labelKey.name, label)] }

  package func makeModel(_ configuration: ModelConfiguration) -> any Model { Classifier(configuration, label: label) }
}
