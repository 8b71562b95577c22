internal import Yams

/// What a layer does after its affine operation, element by element.
package enum ActivationKind: String, CaseIterable, Sendable {
  case leakyReLU = "leaky_relu"
  case relu
  case swish
}

/// How a layer normalises its channels before the activation.
package enum NormKind: String, CaseIterable, Sendable {
  case batch
}

/// One entry of a layer list, such as `{conv: 64, kernel: 4, stride: 2, padding: 1, norm: batch, activation: swish}`.
package struct LayerConfiguration: Equatable, Sendable {
  /// Square kernels; `stride` and `padding` alike in both directions.
  package struct Window: Equatable, Sendable {
    package var kernel: Int
    package var stride: Int
    package var padding: Int
  }

  package enum Operation: Equatable, Sendable {
    case linear(width: Int)
    case convolution(channels: Int, Window)
    case deconvolution(channels: Int, Window)
    case reshape(DataShape)
  }

  package var operation: Operation
  package var hasBias: Bool
  package var norm: NormKind?
  package var activation: ActivationKind?
}

extension LayerConfiguration: CustomStringConvertible {
  private static let finishing = ["bias", "norm", "activation"]
  private static let window = ["kernel", "stride", "padding"]

  init(_ node: Node, path: String) throws(ConfigurationError) {
    let kinds = ["linear", "conv", "deconv", "reshape"]
    let kind = node.mapping?.keys.compactMap(\.string).first { kinds.contains($0) }
    guard let kind else {
      throw ConfigurationError(key: path, "expected a layer, a mapping with one of \(kinds.joined(separator: ", "))")
    }
    let isWindowed = kind == "conv" || kind == "deconv"
    let keys = kind == "reshape" ? [kind] : [kind] + Self.finishing + (isWindowed ? Self.window : [])
    let reader = try ConfigurationReader(node, path: path, keys: keys)
    operation = try Self.operation(kind, reader)
    hasBias = reader.has("bias") ? try reader.boolean("bias") : kind == "linear"
    norm = reader.has("norm") ? try reader.choice("norm", NormKind.self) : nil
    activation = reader.has("activation") ? try reader.choice("activation", ActivationKind.self) : nil
  }

  private static func operation(_ kind: String, _ reader: ConfigurationReader) throws(ConfigurationError) -> Operation {
    if kind == "reshape" {
      let dimensions = try reader.dimensions(kind)
      guard dimensions.count == 3, let shape = DataShape(dimensions: dimensions) else {
        throw ConfigurationError(key: reader.path(of: kind), "expected [channels, height, width]")
      }
      return .reshape(shape)
    }
    let width = try reader.integer(kind, in: 1...ConfigurationReader.largestExtent)
    if kind == "linear" { return .linear(width: width) }
    let window = Window(
      kernel: try reader.integer("kernel", in: 1...1024),
      stride: reader.has("stride") ? try reader.integer("stride", in: 1...1024) : 1,
      padding: reader.has("padding") ? try reader.integer("padding", in: 0...1023) : 0)
    guard window.padding < window.kernel else {
      throw ConfigurationError(key: reader.path(of: "padding"), "must be smaller than the kernel, \(window.kernel)")
    }
    return kind == "conv" ? .convolution(channels: width, window) : .deconvolution(channels: width, window)
  }

  /// The YAML this layer is read from.
  var node: Node {
    var pairs: [(String, Node)] = []
    switch operation {
    case .linear(let width): pairs.append(("linear", .scalar(width)))
    case .convolution(let channels, let window): pairs += Self.pairs("conv", channels, window)
    case .deconvolution(let channels, let window): pairs += Self.pairs("deconv", channels, window)
    case .reshape(let shape): return .map([("reshape", .list(shape.dimensions))], oneLine: true)
    }
    let isLinear = if case .linear = operation { true } else { false }
    if hasBias != isLinear { pairs.append(("bias", .scalar(hasBias))) }
    if let norm { pairs.append(("norm", .scalar(norm.rawValue))) }
    if let activation { pairs.append(("activation", .scalar(activation.rawValue))) }
    return .map(pairs, oneLine: true)
  }

  /// Its keys and values, such as `linear 512, norm batch, activation leaky_relu`.
  package var description: String {
    (node.mapping ?? [:]).map { key, value in
      let text = value.string ?? (value.sequence ?? []).compactMap(\.string).joined(separator: "x")
      return "\(key.string ?? "") \(text)"
    }.joined(separator: ", ")
  }

  private static func pairs(_ kind: String, _ channels: Int, _ window: Window) -> [(String, Node)] {
    [
      (kind, .scalar(channels)), ("kernel", .scalar(window.kernel)), ("stride", .scalar(window.stride)),
      ("padding", .scalar(window.padding)),
    ]
  }
}
