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
        key: reader.path(of: "name"),
        "expected letters, digits, - and _ (and not \"core\" or \"joint\"), found \"\(name)\"")
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

/// A layer list with at least one layer.
func layers(_ reader: ConfigurationReader, _ key: String) throws(ConfigurationError) -> [LayerConfiguration] {
  let nodes = try reader.list(key)
  guard !nodes.isEmpty else { throw ConfigurationError(key: reader.path(of: key), "expected at least one layer") }
  var layers: [LayerConfiguration] = []
  for (index, node) in nodes.enumerated() {
    layers.append(try LayerConfiguration(node, path: "\(reader.path(of: key))[\(index)]"))
  }
  return layers
}
