internal import Yams

/// Which model it is: everything that decides parameters and their shapes.
package struct ModelConfiguration: Equatable, Sendable {
  package var family: FamilyConfiguration
  package var modalities: [ModalityConfiguration]

  /// The core of an MHVAE; nil for other families.
  package var core: CoreConfiguration? {
    if case .mhvae(let core) = family { core } else { nil }
  }
}

extension ModelConfiguration {
  /// Reads a model from YAML (or JSON, its subset) text alone, without training settings.
  package init(yaml: String) throws(ConfigurationError) {
    self = try ModelConfiguration(try parseYAML(yaml), path: "")
  }

  init(_ node: Node, path: String) throws(ConfigurationError) {
    let name = try ConfigurationReader(node, path: path).choice("family", FamilyConfiguration.Name.self)
    let reader = try ConfigurationReader(node, path: path, keys: ["family", "modalities"] + name.keys)
    let nodes = try reader.list("modalities")
    family = try FamilyConfiguration(name, reader)
    modalities = []
    for (index, node) in nodes.enumerated() {
      let name = node.mapping?["name"]?.string ?? "\(index)"
      modalities.append(
        try ModalityConfiguration(node, path: "\(reader.path(of: "modalities")).\(name)", family: family))
    }
    try validate(path: path)
  }

  private func validate(path: String) throws(ConfigurationError) {
    let prefix = path.isEmpty ? "" : path + "."
    guard !modalities.isEmpty else {
      throw ConfigurationError(key: "\(prefix)modalities", "expected at least one modality")
    }
    var seen: Set<String> = []
    for modality in modalities where !seen.insert(modality.name).inserted {
      throw ConfigurationError(key: "\(prefix)modalities", "two modalities are called \"\(modality.name)\"")
    }
    let representation = try representationWidths(path: prefix).reduce(0, +)
    if case .mhvae(let core) = family {
      _ = try core.encoder.outputShape(from: .flat(representation), path: "\(prefix)core.encoder")
      _ = try core.generator.outputShape(from: .flat(core.latent), path: "\(prefix)core.generator")
    }
  }

  /// Width of each modality's last hidden layer h_i; checks both its networks on the way.
  private func representationWidths(path: String) throws(ConfigurationError) -> [Int] {
    var widths: [Int] = []
    for modality in modalities {
      let prefix = "\(path)modalities.\(modality.name)"
      widths.append(try modality.encoder.outputShape(from: modality.shape, path: "\(prefix).encoder").count)
      let output = try modality.decoder.outputShape(from: .flat(modality.latent), path: "\(prefix).decoder")
      guard output.count == modality.shape.count else {
        throw ConfigurationError(
          key: "\(prefix).decoder",
          "modality \(modality.name): decoder ends with \(output.count) values, data has \(modality.shape.count)")
      }
      if case .image = output, output != modality.shape {
        throw ConfigurationError(
          key: "\(prefix).decoder",
          "modality \(modality.name): decoder ends with an image of \(output), data has \(modality.shape)")
      }
    }
    return widths
  }

  var node: Node {
    .map(
      [("family", .scalar(family.name.rawValue)), ("modalities", .items(modalities.map { $0.node(family) }))]
        + family.pairs)
  }
}
