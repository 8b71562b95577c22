internal import Configuration
internal import Kernels

/// One entry of a layer list: an affine operation, then bias or batch norm, then an activation.
struct Block {
  let affine: any AffineLayer
  let bias: TensorSlice?
  let norm: BatchNorm?
  let activation: Activation
  /// Where all its parameters lie: they are declared one behind another.
  let parameters: Range<Int>

  /// - Returns: nil for a reshape, which only renames the axes of what is already in memory.
  init?(
    _ layer: LayerConfiguration, prefix: String, input: DataShape, inputOrder: [Int], output: DataShape,
    memory: ModelMemory
  ) {
    let parametersBefore = memory.parameters.count
    guard
      let affine = makeAffineLayer(
        layer, prefix: prefix, input: input, inputOrder: inputOrder, output: output, memory: memory)
    else { return nil }
    self.affine = affine
    activation = Activation(layer.activation)
    let order = affine.channelOrder
    bias =
      layer.hasBias
      ? memory.parameters.declare(
        "\(prefix).\(layer.operation.tensorName).bias", shape: [affine.channels], order: order,
        initialization: .uniform(bound: 1 / Double(affine.fanIn).squareRoot())) : nil
    norm = layer.norm.map { kind in
      switch kind {
      case .batch: BatchNorm(name: "\(prefix).norm", channels: affine.channels, order: order, memory: memory)
      }
    }
    if norm != nil { memory.declareNorm(positions: affine.outputCount / affine.channels) }
    parameters = parametersBefore..<memory.parameters.count
  }
}

extension Activation {
  init(_ kind: ActivationKind?) {
    switch kind {
    case nil: self = .identity
    case .leakyReLU: self = .leakyReLU
    case .relu: self = .relu
    case .swish: self = .swish
    }
  }

  var isIdentity: Bool { if case .identity = self { true } else { false } }
}

extension LayerConfiguration.Operation {
  fileprivate var tensorName: String {
    switch self {
    case .linear: "linear"
    case .convolution: "conv"
    case .deconvolution: "deconv"
    case .reshape: "reshape"
    }
  }
}
