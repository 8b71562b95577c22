/// Something a person wrote in a configuration cannot be used: which key, and what was expected there.
package struct ConfigurationError: Error, CustomStringConvertible {
  package let description: String

  /// - Parameters:
  ///   - key: the dotted path of the key, such as `model.modalities.image.latent`; empty for the whole document.
  ///   - message: what is wrong there and what was expected.
  package init(key: String, _ message: String) {
    description = key.isEmpty ? "configuration: \(message)" : "configuration key \(key): \(message)"
  }
}
