internal import Yams

/// Which model it is: everything that decides parameters and their shapes.
package struct ModelConfiguration: Equatable, Sendable {
  package var family: any FamilyConfiguration
  package var modalities: [ModalityConfiguration]

  /// Whether it draws latents and decodes observations from them.
  package var isGenerative: Bool { type(of: family).isGenerative }

  /// Indices of the modalities that a PNG can show.
  package var pictures: [Int] { modalities.indices.filter { modalities[$0].shape.isPicture } }

  /// The model without what changes no more than the proposals of latents: what is compared with published models.
  package var asPublished: ModelConfiguration {
    var model = self
    model.family = family.asPublished
    return model
  }

  /// lambda_i of each modality, eq. (13).
  package var reconstructionWeights: [Double] {
    let largest = modalities.map(\.shape.count).max() ?? 1
    return modalities.map { modality in
      switch modality.reconstructionWeight {
      case .factor(let factor): factor
      case .dimensions: Double(largest) / Double(modality.shape.count)
      }
    }
  }

  package static func == (a: ModelConfiguration, b: ModelConfiguration) -> Bool {
    a.modalities == b.modalities && a.family.isEqual(to: b.family)
  }
}

extension ModelConfiguration {
  /// Reads a model from YAML (or JSON, its subset) text alone, without training settings.
  /// - Parameter families: those it may be of.
  package init(yaml: String, families: [any FamilyConfiguration.Type]) throws(ConfigurationError) {
    self = try ModelConfiguration(try parseYAML(yaml), path: "", families: families)
  }

  init(_ node: Node, path: String, families: [any FamilyConfiguration.Type]) throws(ConfigurationError) {
    let place = try ConfigurationReader(node, path: path).choice("family", among: families.map { $0.name.rawValue })
    let type = families[place]
    let reader = try ConfigurationReader(node, path: path, keys: Self.keys(of: type))
    let nodes = try reader.list("modalities")
    let family = try type.init(reader)
    self.family = family
    modalities = []
    for (index, node) in nodes.enumerated() {
      let name = node.mapping?["name"]?.string ?? "\(index)"
      modalities.append(
        try ModalityConfiguration(node, path: "\(reader.path(of: "modalities")).\(name)", family: family))
    }
    try validate(path: path)
  }

  /// Those of its own; a family has more.
  static let key = KeyDescription.mapping(
    "model", "Everything that decides parameters and their shapes.",
    keys: [
      KeyDescription("family", "a [family](#families)", fallback: nil, "What kind of model it is."),
      KeyDescription(
        "modalities", "list of [modalities](#modalities)", fallback: nil,
        "What is observed, one entry each. An entry laid over others by `--config` or `--set` is found by its name."),
    ])

  private static func keys(of family: any FamilyConfiguration.Type) -> [KeyDescription] { key.keys + family.keys }

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
    try family.validate(modalities, representation: representation, path: prefix)
  }

  /// Width of each modality's last hidden layer h_i; checks its networks on the way.
  private func representationWidths(path: String) throws(ConfigurationError) -> [Int] {
    var widths: [Int] = []
    for modality in modalities {
      let prefix = "\(path)modalities.\(modality.name)"
      widths.append(try modality.encoder.outputShape(from: modality.shape, path: "\(prefix).encoder").count)
      guard isGenerative else { continue }
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
        + family.entries.map(\.pair))
  }
}
