internal import Configuration
internal import Kernels

/// The transpose of a convolution: from maps to images. Files hold its weight as (in, out, kH, kW).
struct TransposedConvolution2D: AffineLayer {
  private let weight: WindowWeight

  var inputCount: Int { weight.mapCount }
  var outputCount: Int { weight.imageCount }
  var channels: Int { weight.product.geometry.channels }
  var channelOrder: StorageOrder { StorageOrder(shape: [channels]) }
  /// Out channels times the window, as the field's frameworks have it.
  var fanIn: Int { weight.product.geometry.patchCount }

  init(name: String, input: DataShape, output: DataShape, window: LayerConfiguration.Window, memory: ModelMemory) {
    weight = WindowWeight(name: name, image: output, maps: input, window: window, memory: memory)
  }

  func forward(_ x: Matrix, into y: Matrix) { weight.transposedCorrelate(x, into: y) }

  func backward(_ dy: Matrix, input x: Matrix, inputGradient dx: Matrix?, accumulating: Bool) {
    weight.gradient(images: dy, maps: x, correlatingInto: dx, accumulating: accumulating)
  }
}
