internal import Yams

/// What distribution a decoder parametrises.
package enum LikelihoodKind: String, CaseIterable, Sendable {
  case bernoulli
  case categorical
  case gaussian
}

/// Whether a Gaussian likelihood has unit variance or learns one log-variance for the whole modality.
package enum GaussianScale: String, CaseIterable, Sendable {
  case unit
  case learned
}

/// One kind of observation: its data, its likelihood, its latent and its networks.
package struct ModalityConfiguration: Equatable, Sendable {
  package var name: String
  package var shape: DataShape
  package var likelihood: LikelihoodKind
  package var scale: GaussianScale
  /// Width of z_i, or of the latent that all modalities of a baseline share.
  package var latent: Int
  /// lambda_i of eq. (13).
  package var reconstructionWeight: Double
  /// w_i, the probability that the representation is hidden from the core encoder in training. MHVAE only.
  package var dropout: Double
  package var encoder: [LayerConfiguration]
  package var decoder: [LayerConfiguration]
}

/// The latent shared by all modalities and the networks around it.
package struct CoreConfiguration: Equatable, Sendable {
  /// Width of z_c.
  package var latent: Int
  package var encoder: [LayerConfiguration]
  package var generator: [LayerConfiguration]
}

/// What a family of models needs besides its modalities.
package enum FamilyConfiguration: Equatable, Sendable {
  case mhvae(CoreConfiguration)
  /// One latent for all; `alpha` weighs KL[q(z|all) || q(z|x_i)].
  case jmvae(latent: Int, alpha: Double)
  /// One latent for all.
  case mvae(latent: Int)

  package enum Name: String, CaseIterable, Sendable {
    case mhvae, jmvae, mvae
  }

  package var name: Name {
    switch self {
    case .mhvae: .mhvae
    case .jmvae: .jmvae
    case .mvae: .mvae
    }
  }
}

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
  static func keys(of family: FamilyConfiguration.Name) -> [String] {
    ["family", "modalities"]
      + { () -> [String] in
        switch family {
        case .mhvae: ["core"]
        case .jmvae: ["latent", "alpha"]
        case .mvae: ["latent"]
        }
      }()
  }

  /// Reads a model from YAML (or JSON, its subset) text alone, without training settings.
  package init(yaml: String) throws(ConfigurationError) {
    self = try ModelConfiguration(try parseYAML(yaml), path: "")
  }

  init(_ node: Node, path: String) throws(ConfigurationError) {
    let name = try ConfigurationReader(node, path: path).choice("family", FamilyConfiguration.Name.self)
    let reader = try ConfigurationReader(node, path: path, keys: Self.keys(of: name))
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

extension FamilyConfiguration {
  fileprivate init(_ name: Name, _ reader: ConfigurationReader) throws(ConfigurationError) {
    func latent() throws(ConfigurationError) -> Int {
      try reader.integer("latent", in: 1...ConfigurationReader.largestExtent)
    }
    switch name {
    case .mhvae: self = .mhvae(try CoreConfiguration(try reader.node("core"), path: reader.path(of: "core")))
    case .jmvae:
      let alpha = reader.has("alpha") ? try reader.number("alpha", "of at least 0") { $0 >= 0 } : 0.01
      self = .jmvae(latent: try latent(), alpha: alpha)
    case .mvae: self = .mvae(latent: try latent())
    }
  }

  fileprivate var pairs: [(String, Node)] {
    switch self {
    case .mhvae(let core): [("core", core.node)]
    case .jmvae(let latent, let alpha): [("latent", .scalar(latent)), ("alpha", .scalar(alpha))]
    case .mvae(let latent): [("latent", .scalar(latent))]
    }
  }
}

extension ModalityConfiguration {
  private static let commonKeys = [
    "name", "shape", "likelihood", "scale", "reconstruction_weight", "encoder", "decoder",
  ]

  init(_ node: Node, path: String, family: FamilyConfiguration) throws(ConfigurationError) {
    let own = family.name == .mhvae ? ["latent", "dropout"] : []
    let reader = try ConfigurationReader(node, path: path, keys: Self.commonKeys + own)
    name = try reader.string("name")
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }), name != "core"
    else {
      throw ConfigurationError(
        key: reader.path(of: "name"), "expected letters, digits, - and _ (and not \"core\"), found \"\(name)\"")
    }
    guard let shape = DataShape(dimensions: try reader.dimensions("shape")) else {
      throw ConfigurationError(key: reader.path(of: "shape"), "expected [width] or [channels, height, width]")
    }
    self.shape = shape
    likelihood = try reader.choice("likelihood", LikelihoodKind.self)
    scale = reader.has("scale") ? try reader.choice("scale", GaussianScale.self) : .unit
    guard scale == .unit || likelihood == .gaussian else {
      throw ConfigurationError(key: reader.path(of: "scale"), "only a gaussian likelihood has a learned scale")
    }
    switch family {
    case .mhvae: latent = try reader.integer("latent", in: 1...ConfigurationReader.largestExtent)
    case .jmvae(let shared, _), .mvae(let shared): latent = shared
    }
    reconstructionWeight =
      reader.has("reconstruction_weight")
      ? try reader.number("reconstruction_weight", "of at least 0") { $0 >= 0 } : 1
    dropout = reader.has("dropout") ? try reader.number("dropout", "from 0 to 0.99") { 0 <= $0 && $0 <= 0.99 } : 0.5
    encoder = try layers(reader, "encoder")
    decoder = try layers(reader, "decoder")
  }

  func node(_ family: FamilyConfiguration) -> Node {
    var pairs: [(String, Node)] = [
      ("name", .scalar(name)), ("shape", .list(shape.dimensions)), ("likelihood", .scalar(likelihood.rawValue)),
    ]
    if likelihood == .gaussian { pairs.append(("scale", .scalar(scale.rawValue))) }
    if family.name == .mhvae { pairs += [("latent", .scalar(latent)), ("dropout", .scalar(dropout))] }
    pairs += [
      ("reconstruction_weight", .scalar(reconstructionWeight)), ("encoder", .items(encoder.map(\.node))),
      ("decoder", .items(decoder.map(\.node))),
    ]
    return .map(pairs)
  }
}

extension CoreConfiguration {
  init(_ node: Node, path: String) throws(ConfigurationError) {
    let reader = try ConfigurationReader(node, path: path, keys: ["latent", "encoder", "generator"])
    latent = try reader.integer("latent", in: 1...ConfigurationReader.largestExtent)
    encoder = try layers(reader, "encoder")
    generator = try layers(reader, "generator")
  }

  var node: Node {
    .map([
      ("latent", .scalar(latent)), ("encoder", .items(encoder.map(\.node))),
      ("generator", .items(generator.map(\.node))),
    ])
  }
}

/// A layer list with at least one layer.
private func layers(_ reader: ConfigurationReader, _ key: String) throws(ConfigurationError) -> [LayerConfiguration] {
  let nodes = try reader.list(key)
  guard !nodes.isEmpty else { throw ConfigurationError(key: reader.path(of: key), "expected at least one layer") }
  var layers: [LayerConfiguration] = []
  for (index, node) in nodes.enumerated() {
    layers.append(try LayerConfiguration(node, path: "\(reader.path(of: key))[\(index)]"))
  }
  return layers
}
