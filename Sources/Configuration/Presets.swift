import Console

/// The configurations that are shipped inside the program: for each set-up `NAME.yaml`, and for each further family
/// `NAME-FAMILY.yaml`.
package enum Presets {
  /// A set-up's own family first.
  private static let documents: [(name: String, family: FamilyName, yaml: [UInt8])] = [
    ("celeba", "mhvae", PackageResources.celeba_yaml),
    ("celeba", "jmvae", PackageResources.celeba_jmvae_yaml),
    ("celeba", "mvae", PackageResources.celeba_mvae_yaml),
    ("fashion-mnist", "mhvae", PackageResources.fashion_mnist_yaml),
    ("fashion-mnist", "jmvae", PackageResources.fashion_mnist_jmvae_yaml),
    ("fashion-mnist", "mvae", PackageResources.fashion_mnist_mvae_yaml),
    ("mnist", "mhvae", PackageResources.mnist_yaml),
    ("mnist", "jmvae", PackageResources.mnist_jmvae_yaml),
    ("mnist", "mvae", PackageResources.mnist_mvae_yaml),
  ]

  package static var names: [String] {
    documents.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// - Parameters:
  ///   - family: nil for the set-up's own.
  ///   - others: words that are suggested besides names of presets.
  /// - Throws: `ConfigurationError` when there is no preset of that name, or none for that family.
  package static func yaml(
    named name: String, family: FamilyName?, besides others: [String] = []
  ) throws(ConfigurationError) -> String {
    let setUp = documents.filter { $0.name == name }
    guard !setUp.isEmpty else {
      throw ConfigurationError(
        key: "", "there is no preset \"\(name)\"; \(Suggestion.phrase(for: name, among: names + others))")
    }
    guard let document = setUp.first(where: { family == nil || $0.family == family }) else {
      let families = setUp.map(\.family.rawValue).joined(separator: ", ")
      throw ConfigurationError(
        key: "", "the preset \"\(name)\" is not for the family \(family?.rawValue ?? ""), but for \(families)")
    }
    return String(decoding: document.yaml, as: UTF8.self)
  }
}
