import KernelTwins
import Kernels

/// Convolutions of Fashion-MNIST's and CelebA's image networks; their transposes have the same windows.
var convolutionEntries: [Entry] {
  windows(fashionFirst, maps: 32, images: 32)
    + [4, 32].flatMap { windows(fashionSecond, maps: 64, images: $0) }
    + [4, 16].flatMap { windows(celebaSecond, maps: 64, images: $0) }
    + windows(celebaLast, maps: 256, images: 16)
    + patches(fashionFirst, images: 32) + patches(fashionSecond, images: 32) + patches(celebaSecond, images: 4)
}

private let fashionFirst = PatchGeometry.covering(28, 28, channels: 1, kernel: 4, stride: 2, padding: 1)
private let fashionSecond = PatchGeometry.covering(14, 14, channels: 32, kernel: 4, stride: 2, padding: 1)
private let celebaSecond = PatchGeometry.covering(32, 32, channels: 32, kernel: 4, stride: 2, padding: 1)
private let celebaLast = PatchGeometry.covering(8, 8, channels: 128, kernel: 4, stride: 1, padding: 0)

extension PatchGeometry {
  fileprivate func shape(_ images: Int) -> String { "\(images) of \(height)x\(width)x\(channels)" }
}

private func windows(_ geometry: PatchGeometry, maps channels: Int, images count: Int) -> [Entry] {
  let shape = "\(geometry.shape(count)) to \(geometry.gridHeight)x\(geometry.gridWidth)x\(channels)"
  let work = Work.operations(2 * count * geometry.positions * channels * geometry.patchCount)
  let (product, twin) = (PatchProduct(geometry: geometry, mapChannels: channels), PatchTwin(geometry: geometry))
  func material() -> (images: Matrix, maps: Matrix, weight: Matrix, scratch: FloatArena) {
    (
      matrix(count, geometry.imageCount), matrix(count, geometry.positions * channels),
      matrix(channels, geometry.patchCount), FloatArena(count: product.scratchCount)
    )
  }
  return [
    Entry("convolution", shape) {
      let (images, maps, weight, scratch) = material()
      return Trial(
        work: work, changed: [maps],
        kernel: { product.correlate(images, weight: WeightMatrix(weight), into: maps, scratch: scratch) },
        twin: { twin.correlate(images, weight: weight, into: maps) })
    },
    Entry("convolution, transposed", shape) {
      let (images, maps, weight, scratch) = material()
      return Trial(
        work: work, changed: [images],
        kernel: { product.transposedCorrelate(maps, weight: WeightMatrix(weight), into: images, scratch: scratch) },
        twin: { twin.transposedCorrelate(maps, weight: weight, into: images) })
    },
    Entry("convolution, weight gradient", shape) {
      let (images, maps, gradient, scratch) = material()
      return Trial(
        work: work, changed: [gradient],
        kernel: {
          product.weightGradient(images: images, maps: maps, into: gradient, accumulating: false, scratch: scratch)
        },
        twin: { twin.weightGradient(images: images, maps: maps, into: gradient, accumulating: false) })
    },
  ]
}

private func patches(_ geometry: PatchGeometry, images count: Int) -> [Entry] {
  let (rows, twin) = (count * geometry.positions, PatchTwin(geometry: geometry))
  return [
    Entry("patches: gather", geometry.shape(count)) {
      let (images, patches) = (matrix(count, geometry.imageCount), matrix(rows, geometry.patchCount))
      return Trial(
        work: .bytes(4 * (images.count + patches.count)), changed: [patches],
        kernel: { geometry.gather(images, into: patches) }, twin: { twin.gather(images, into: patches) })
    },
    Entry("patches: scatter", geometry.shape(count)) {
      let (images, patches) = (matrix(count, geometry.imageCount), matrix(rows, geometry.patchCount))
      return Trial(
        work: .bytes(4 * (2 * images.count + patches.count)), changed: [images],
        kernel: { geometry.scatter(patches, addingTo: images) }, twin: { twin.scatter(patches, addingTo: images) })
    },
  ]
}
