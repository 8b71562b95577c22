internal import Configuration
internal import Kernels

/// A convolution: from images to maps. Files hold its weight as (out, in, kH, kW).
struct Convolution2D: AffineLayer {
  private let weight: WindowWeight

  var inputCount: Int { weight.imageCount }
  var outputCount: Int { weight.mapCount }
  var channels: Int { weight.product.mapChannels }
  var channelOrder: StorageOrder { StorageOrder(shape: [channels]) }
  var fanIn: Int { weight.product.geometry.patchCount }

  init(name: String, input: DataShape, output: DataShape, window: LayerConfiguration.Window, memory: ModelMemory) {
    weight = WindowWeight(name: name, image: input, maps: output, window: window, memory: memory)
  }

  func forward(_ x: Matrix, into y: Matrix) { weight.correlate(x, into: y) }

  func backward(_ dy: Matrix, input x: Matrix, inputGradient dx: Matrix?, accumulating: Bool) {
    weight.gradient(images: x, maps: dy, accumulating: accumulating)
    if let dx { weight.transposedCorrelate(dy, into: dx) }
  }
}
