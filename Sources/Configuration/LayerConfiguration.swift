internal import Yams

/// What a layer does after its affine operation, element by element.
package enum ActivationKind: String, ConfigurationChoice {
  case leakyReLU = "leaky_relu"
  case relu
  case swish

  package var meaning: String {
    switch self {
    case .leakyReLU: "x, and 0.01 x below 0."
    case .relu: "x, and 0 below 0."
    case .swish: "x times the logistic function of x."
    }
  }
}

/// How a layer normalises its channels before the activation.
package enum NormKind: String, ConfigurationChoice {
  case batch

  package var meaning: String {
    switch self {
    case .batch:
      "Batch norm over the rows of all ranks, and over places of an image; epsilon 1e-5, momentum 0.1; running "
        + "statistics in evaluation."
    }
  }
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
  /// A layer of weights and biases alone.
  package static func linear(_ width: Int) -> LayerConfiguration {
    LayerConfiguration(operation: .linear(width: width), hasBias: true, norm: nil, activation: nil)
  }

  init(_ node: Node, path: String) throws(ConfigurationError) {
    let kind = node.mapping?.keys.compactMap(\.string).compactMap { LayerKind(rawValue: $0) }.first
    guard let kind else {
      throw ConfigurationError(
        key: path, "expected a layer, a mapping with one of \(LayerKind.words.joined(separator: ", "))")
    }
    let reader = try ConfigurationReader(node, path: path, keys: kind.keys)
    operation = try Self.operation(kind, reader)
    hasBias = try reader.value(Keys.bias) ?? (kind == .linear)
    norm = try reader.value(Keys.norm)
    activation = try reader.value(Keys.activation)
  }

  private static func operation(
    _ kind: LayerKind, _ reader: ConfigurationReader
  ) throws(ConfigurationError) -> Operation {
    switch kind {
    case .linear: .linear(width: try reader.value(Keys.linear))
    case .conv: .convolution(channels: try reader.value(Keys.conv), try window(reader))
    case .deconv: .deconvolution(channels: try reader.value(Keys.deconv), try window(reader))
    case .reshape: .reshape(try reader.value(Keys.reshape))
    }
  }

  private static func window(_ reader: ConfigurationReader) throws(ConfigurationError) -> Window {
    let window = Window(
      kernel: try reader.value(Keys.kernel), stride: try reader.value(Keys.stride),
      padding: try reader.value(Keys.padding))
    guard window.padding < window.kernel else {
      throw ConfigurationError(key: reader.path(of: "padding"), "must be smaller than the kernel, \(window.kernel)")
    }
    return window
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
