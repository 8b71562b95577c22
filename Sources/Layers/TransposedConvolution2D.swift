internal import Configuration
internal import Kernels

/// The transpose of a convolution: its input are maps, its output images. Files hold its weight as (in, out, kH, kW),
/// memory as (in, kH, kW, out).
struct TransposedConvolution2D: AffineLayer {
  private let product: PatchProduct
  private let weight: TensorSlice
  private let memory: ModelMemory

  var inputCount: Int { product.geometry.positions * product.mapChannels }
  var outputCount: Int { product.geometry.imageCount }
  var channels: Int { product.geometry.channels }
  var channelOrder: StorageOrder { StorageOrder([channels]) }
  /// Out channels times the window, as the field's frameworks have it.
  var fanIn: Int { product.geometry.patchCount }

  init(
    name: String, input: DataShape, output: DataShape, window: LayerConfiguration.Window, memory: ModelMemory
  ) {
    product = PatchProduct(image: output, maps: input, window: window)
    weight = memory.declareWindowWeight(
      name, outer: product.mapChannels, inner: product.geometry.channels, kernel: window.kernel,
      fanIn: product.geometry.patchCount)
    memory.reserveScratch(product.scratchCount)
    self.memory = memory
  }

  private var weights: Matrix {
    Matrix(memory.value(weight), rows: product.mapChannels, columns: product.geometry.patchCount)
  }

  func forward(_ x: Matrix, into y: Matrix) {
    product.transposedCorrelate(x, weight: weights, into: y, scratch: memory.scratch)
  }

  func inputGradient(_ dy: Matrix, into dx: Matrix) {
    product.correlate(dy, weight: weights, into: dx, scratch: memory.scratch)
  }

  func weightGradient(_ dy: Matrix, _ x: Matrix, accumulating: Bool) {
    let gradient = Matrix(memory.gradient(weight), rows: weights.rows, columns: weights.columns)
    product.weightGradient(images: dy, maps: x, into: gradient, accumulating: accumulating, scratch: memory.scratch)
  }
}
