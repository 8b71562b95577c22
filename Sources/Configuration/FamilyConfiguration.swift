internal import Yams

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

    /// The keys beside `family` and `modalities`.
    var keys: [String] {
      switch self {
      case .mhvae: ["core"]
      case .jmvae: ["latent", "alpha"]
      case .mvae: ["latent"]
      }
    }

    /// Whether modality latents have a KL of their own to warm up.
    package var hasModalityWarmUp: Bool { self == .mhvae }
  }

  package var name: Name {
    switch self {
    case .mhvae: .mhvae
    case .jmvae: .jmvae
    case .mvae: .mvae
    }
  }
}

extension FamilyConfiguration {
  init(_ name: Name, _ reader: ConfigurationReader) throws(ConfigurationError) {
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

  var pairs: [(String, Node)] {
    switch self {
    case .mhvae(let core): [("core", core.node)]
    case .jmvae(let latent, let alpha): [("latent", .scalar(latent)), ("alpha", .scalar(alpha))]
    case .mvae(let latent): [("latent", .scalar(latent))]
    }
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
