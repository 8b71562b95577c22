internal import Configuration
internal import Kernels

/// The linear part of a layer, without its bias: what differs between a linear layer, a convolution and its transpose.
///
/// Matrices hold one row of the batch a row. A new kind of layer is a new conformance and a case in `makeAffineLayer`.
protocol AffineLayer {
  /// Values of an input row.
  var inputCount: Int { get }
  /// Values of an output row.
  var outputCount: Int { get }
  /// How many of them share a bias and a normalisation: an image has `outputCount / channels` positions.
  var channels: Int { get }
  /// Channels in file order, for tensors that hold one value a channel.
  var channelOrder: StorageOrder { get }
  /// Inputs that an output sums over, which decides how large weights start.
  var fanIn: Int { get }

  /// `y = A x`.
  func forward(_ x: Matrix, into y: Matrix)
  /// The backward pass: the weight's gradient, set or added to, and `dx = Aᵀ dy` if requested.
  func backward(_ dy: Matrix, input x: Matrix, inputGradient dx: Matrix?, accumulating: Bool)
}

/// - Parameters:
///   - prefix: the name of the layer's tensors, such as `modality.image.encoder.0`.
///   - input: shape of an input row; channels last in memory if it is an image.
///   - inputOrder: where an input row's values lie in files, as far as linear layers care.
///   - output: shape of an output row. For a linear layer in front of a reshape, the image it makes.
/// - Returns: nil for a reshape, which computes nothing.
func makeAffineLayer(
  _ layer: LayerConfiguration, prefix: String, input: DataShape, inputOrder: [Int], output: DataShape,
  memory: ModelMemory
) -> (any AffineLayer)? {
  switch (layer.operation, input, output) {
  case (.linear, _, _):
    return Linear(name: "\(prefix).linear", inputOrder: inputOrder, output: output, memory: memory)
  case (.convolution(_, let window), .image, .image):
    return Convolution2D(name: "\(prefix).conv", input: input, output: output, window: window, memory: memory)
  case (.deconvolution(_, let window), .image, .image):
    return TransposedConvolution2D(
      name: "\(prefix).deconv", input: input, output: output, window: window, memory: memory)
  case (.reshape, _, _):
    return nil
  default:
    preconditionFailure("\(prefix): a convolution of \(input) to \(output); the configuration was not validated")
  }
}
