import Console

/// The configurations that are shipped inside the program, one for each set-up and family.
package enum Presets {
  private static let documents: [(name: String, family: FamilyConfiguration.Name, yaml: [UInt8])] = [
    ("celeba", .mhvae, PackageResources.celeba_yaml),
    ("celeba", .jmvae, PackageResources.celeba_jmvae_yaml),
    ("celeba", .mvae, PackageResources.celeba_mvae_yaml),
    ("fashion-mnist", .mhvae, PackageResources.fashion_mnist_yaml),
    ("fashion-mnist", .jmvae, PackageResources.fashion_mnist_jmvae_yaml),
    ("fashion-mnist", .mvae, PackageResources.fashion_mnist_mvae_yaml),
    ("mnist", .mhvae, PackageResources.mnist_yaml),
    ("mnist", .jmvae, PackageResources.mnist_jmvae_yaml),
    ("mnist", .mvae, PackageResources.mnist_mvae_yaml),
  ]

  package static var names: [String] { documents.filter { $0.family == .mhvae }.map(\.name) }

  /// - Throws: `ConfigurationError` when there is no preset of that name.
  package static func yaml(named name: String, family: FamilyConfiguration.Name) throws(ConfigurationError) -> String {
    guard let document = documents.first(where: { $0.name == name && $0.family == family }) else {
      throw ConfigurationError(
        key: "", "there is no preset \"\(name)\"; \(Suggestion.phrase(for: name, among: names))")
    }
    return String(decoding: document.yaml, as: UTF8.self)
  }
}
