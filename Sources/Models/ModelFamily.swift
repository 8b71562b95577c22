package import Configuration

/// A family of models: its configuration, and the model that follows from it.
package protocol ModelFamily: FamilyConfiguration {
  /// Declares the model's tensors; `makeModel` allocates them.
  /// - Parameter configuration: a validated one whose `family` is this.
  func makeModel(_ configuration: ModelConfiguration) -> any Model
}

/// The families that configurations may name. A new one is added here, and nowhere else.
package let registeredFamilies: [any ModelFamily.Type] = [
  MHVAEConfiguration.self,
  JMVAEConfiguration.self,
  MVAEConfiguration.self,
  ClassifierConfiguration.self,
]

extension RunConfiguration {
  /// Reads a complete document, such as a run's `config.yaml`, of any registered family.
  /// - Throws: `ConfigurationError` naming the key that is unknown, missing or out of range.
  package init(yaml: String) throws(ConfigurationError) {
    try self.init(yaml: yaml, families: registeredFamilies)
  }
}

extension ModelConfiguration {
  /// Reads a model of any registered family from YAML (or JSON, its subset) text alone, without training settings.
  package init(yaml: String) throws(ConfigurationError) {
    try self.init(yaml: yaml, families: registeredFamilies)
  }
}

extension ConfigurationSource {
  /// The configuration that results, checked, of any registered family.
  package func resolve() throws(ConfigurationError) -> RunConfiguration {
    try resolve(families: registeredFamilies)
  }
}
