/// The configurations that are shipped inside the program.
package enum Presets {
  private static let documents: [(name: String, yaml: [UInt8])] = [
    ("fashion-mnist", PackageResources.fashion_mnist_yaml),
    ("mnist", PackageResources.mnist_yaml),
  ]

  package static var names: [String] { documents.map(\.name) }

  /// - Throws: `ConfigurationError` when there is no preset of that name.
  package static func yaml(named name: String) throws(ConfigurationError) -> String {
    guard let document = documents.first(where: { $0.name == name }) else {
      throw ConfigurationError(
        key: "", "there is no preset \"\(name)\"; \(Suggestion.phrase(for: name, among: names))")
    }
    return String(decoding: document.yaml, as: UTF8.self)
  }
}
