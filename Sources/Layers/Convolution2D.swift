internal import Configuration
internal import Kernels

/// A convolution without bias; files hold its weight as (out, in, kH, kW), memory as (out, kH, kW, in).
struct Convolution2D: AffineLayer {
  private let product: PatchProduct
  private let weight: TensorSlice
  private let memory: ModelMemory

  var inputCount: Int { product.geometry.imageCount }
  var outputCount: Int { product.geometry.positions * product.mapChannels }
  var channels: Int { product.mapChannels }
  var channelOrder: StorageOrder { StorageOrder([channels]) }
  var fanIn: Int { product.geometry.patchCount }

  init(
    name: String, input: DataShape, output: DataShape, window: LayerConfiguration.Window, memory: ModelMemory
  ) {
    product = PatchProduct(image: input, maps: output, window: window)
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
    product.correlate(x, weight: weights, into: y, scratch: memory.scratch)
  }

  func inputGradient(_ dy: Matrix, into dx: Matrix) {
    product.transposedCorrelate(dy, weight: weights, into: dx, scratch: memory.scratch)
  }

  func weightGradient(_ dy: Matrix, _ x: Matrix, accumulating: Bool) {
    let gradient = Matrix(memory.gradient(weight), rows: weights.rows, columns: weights.columns)
    product.weightGradient(images: x, maps: dy, into: gradient, accumulating: accumulating, scratch: memory.scratch)
  }
}

extension PatchProduct {
  /// Windows over `image` whose positions are those of `maps`.
  init(image: DataShape, maps: DataShape, window: LayerConfiguration.Window) {
    guard case .image(let channels, let height, let width) = image,
      case .image(let mapChannels, let gridHeight, let gridWidth) = maps
    else { preconditionFailure("windows slide over images, not over \(image) to \(maps)") }
    self.init(
      geometry: PatchGeometry(
        height: height, width: width, channels: channels, kernel: window.kernel, stride: window.stride,
        padding: window.padding, gridHeight: gridHeight, gridWidth: gridWidth),
      mapChannels: mapChannels)
  }
}

extension ModelMemory {
  /// A weight that files hold as (outer, inner, kH, kW) and memory as (outer, kH, kW, inner).
  func declareWindowWeight(_ name: String, outer: Int, inner: Int, kernel: Int, fanIn: Int) -> TensorSlice {
    let shape = [outer, inner, kernel, kernel]
    return parameters.declare(
      "\(name).weight", shape: shape, order: StorageOrder(shape, axes: [0, 2, 3, 1]),
      initialization: .uniform(bound: 1 / Double(fanIn).squareRoot()))
  }
}
