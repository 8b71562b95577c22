internal import Configuration
internal import Kernels

/// The weight of windows that slide over images, and its three products: what a convolution and its transpose share.
///
/// Files hold it as (maps, image channels, kH, kW), memory as (maps, kH, kW, image channels).
struct WindowWeight {
  let product: PatchProduct
  private let slice: TensorSlice
  private let memory: ModelMemory

  /// - Parameters:
  ///   - image: what the windows slide over.
  ///   - maps: one value a window position and channel.
  init(name: String, image: DataShape, maps: DataShape, window: LayerConfiguration.Window, memory: ModelMemory) {
    product = PatchProduct(image: image, maps: maps, window: window)
    let patch = DataShape.image(channels: product.geometry.channels, height: window.kernel, width: window.kernel)
    slice = memory.parameters.declare(
      "\(name).weight", shape: [product.mapChannels] + patch.dimensions,
      order: StorageOrder(rows: Array(0..<product.mapChannels), columns: patch.memoryOrder),
      initialization: .uniform(bound: 1 / Double(product.geometry.patchCount).squareRoot()))
    memory.reserveScratch(product.scratchCount)
    memory.reserveRoundedScratch(product.roundedScratchCount)
    self.memory = memory
  }

  /// Values of an image and of the maps over it.
  var imageCount: Int { product.geometry.imageCount }
  var mapCount: Int { product.geometry.positions * product.mapChannels }

  private var matrix: WeightMatrix {
    memory.weight(slice, rows: product.mapChannels, columns: product.geometry.patchCount)
  }

  func correlate(_ images: Matrix, into maps: Matrix) {
    product.correlate(images, weight: matrix, into: maps, scratch: memory.scratch)
  }

  func transposedCorrelate(_ maps: Matrix, into images: Matrix) {
    product.transposedCorrelate(maps, weight: matrix, into: images, scratch: memory.scratch)
  }

  /// - Parameter correlation: also gets `correlate(images)`, from the same patches.
  func gradient(images: Matrix, maps: Matrix, correlatingInto correlation: Matrix? = nil, accumulating: Bool) {
    let sums = memory.gradients.matrix(
      rows: product.mapChannels, columns: product.geometry.patchCount, offset: slice.offset)
    product.weightGradient(
      images: images, maps: maps, into: sums, accumulating: accumulating,
      correlating: correlation.map { (weight: matrix, maps: $0) }, scratch: memory.scratch,
      rounding: memory.roundedScratch)
  }
}

extension PatchProduct {
  /// Windows over `image` whose positions are those of `maps`.
  fileprivate init(image: DataShape, maps: DataShape, window: LayerConfiguration.Window) {
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
