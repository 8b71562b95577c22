import KernelTwins
import Kernels
import Testing

/// Windows over images against the definition of a convolution.
struct ConvolutionTests {
  /// Odd sizes, so that a stride of 2 leaves columns over; 1, 3 and 8 channels, so that runs are short, odd and whole.
  static let geometries = [1, 3, 4].flatMap { kernel in
    [1, 2].flatMap { stride in
      [0, 1].filter { $0 < kernel }.flatMap { padding in
        [1, 3, 8].map { PatchGeometry.covering(6, 9, channels: $0, kernel: kernel, stride: stride, padding: padding) }
      }
    }
  }

  @Test("Gathering copies every window, with zeros outside the image", arguments: geometries)
  func gather(_ geometry: PatchGeometry) {
    let images = randomTable(2, geometry.imageCount, seed: 1)
    let patches = GuardedMatrix(2 * geometry.positions, geometry.patchCount)
    geometry.gather(GuardedMatrix(images, gap: 3).view, into: patches.view)
    #expect(patches.isIntact)
    #expect(patches.values == PatchTwin(geometry: geometry).gather(images))
  }

  @Test("Scattering is the transpose of gathering: <gather(x), p> = <x, scatter(p)>", arguments: geometries)
  func transpose(_ geometry: PatchGeometry) {
    let images = randomTable(2, geometry.imageCount, seed: 1)
    let patches = randomTable(2 * geometry.positions, geometry.patchCount, seed: 2)
    let gathered = GuardedMatrix(patches.count, geometry.patchCount)
    geometry.gather(GuardedMatrix(images).view, into: gathered.view)
    let scattered = GuardedMatrix(2, geometry.imageCount, gap: 3)
    scattered.view.fill(0)
    geometry.scatter(GuardedMatrix(patches).view, addingTo: scattered.view)
    #expect(scattered.isIntact)
    // A pixel is the sum of up to 16 patches in single precision; there are fewer than 1000 of them.
    let product = inner(images, scattered.values)
    #expect(abs(inner(gathered.values, patches) - product) < 1000 * sumTolerance(terms: 16), "\(product)")
  }

  private func inner(_ a: Table, _ b: Table) -> Double {
    zip(a.joined(), b.joined()).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The geometries above with few images, one whose images take more than one block (6272 floats of patches each, of
  /// which 20 make a block), and those whose windows are so deep that a block holds some rows of them: one of four; two
  /// of four, because there is no room for three; two of four, because three would leave one; three of five.
  static let batches: [(geometry: PatchGeometry, images: Int)] =
    geometries.map { ($0, 2) }
    + [0, 1, 20, 21, 41].map { (.covering(14, 14, channels: 8, kernel: 4, stride: 2, padding: 1), $0) }
    + [1, 11].map { (.covering(8, 8, channels: 128, kernel: 4, stride: 1, padding: 0), $0) }
    + [10, 11].map { (.covering(8, 8, channels: 64, kernel: 4, stride: 1, padding: 0), $0) }
    + [13, 14].map { (.covering(8, 8, channels: 48, kernel: 4, stride: 1, padding: 0), $0) }
    + [17, 18].map { (.covering(8, 8, channels: 32, kernel: 5, stride: 1, padding: 0), $0) }

  @Test("Room for patches is for even parts of a window, not for one that leaves a thin rest")
  func evenParts() {
    func scratch(_ channels: Int, kernel: Int) -> Int {
      PatchProduct(
        geometry: .covering(8, 8, channels: channels, kernel: kernel, stride: 1, padding: 0), mapChannels: 5
      ).scratchCount
    }
    // Images, positions, and the floats of some window rows with a gap of 16.
    #expect(scratch(64, kernel: 4) == 10 * 25 * (2 * 4 * 64 + 16))
    #expect(scratch(48, kernel: 4) == 13 * 25 * (2 * 4 * 48 + 16))
    #expect(scratch(32, kernel: 5) == 17 * 16 * (3 * 5 * 32 + 16))
  }

  @Test("Correlation, its transpose and the weight's gradient", arguments: batches)
  func products(_ geometry: PatchGeometry, images count: Int) {
    let channels = 5
    let product = PatchProduct(geometry: geometry, mapChannels: channels)
    let twin = PatchTwin(geometry: geometry)
    let images = randomTable(count, geometry.imageCount, seed: 1)
    let weight = randomTable(channels, geometry.patchCount, seed: 2)
    let mapWidth = geometry.positions * channels
    let maps = randomTable(count, mapWidth, seed: 3)
    let scratch = FloatArena(count: product.scratchCount)
    let (imageMatrix, weightMatrix, mapMatrix) = (
      GuardedMatrix(images, columns: geometry.imageCount), GuardedMatrix(weight), GuardedMatrix(maps, columns: mapWidth)
    )

    let foundMaps = GuardedMatrix(count, mapWidth)
    product.correlate(imageMatrix.view, weight: WeightMatrix(weightMatrix.view), into: foundMaps.view, scratch: scratch)
    expectClose(
      foundMaps, twin.correlate(images, weight), tolerance: sumTolerance(terms: geometry.patchCount), "correlate")

    let foundImages = GuardedMatrix(count, geometry.imageCount)
    product.transposedCorrelate(
      mapMatrix.view, weight: WeightMatrix(weightMatrix.view), into: foundImages.view, scratch: scratch)
    expectClose(
      foundImages, twin.transposedCorrelate(maps, weight),
      tolerance: sumTolerance(terms: geometry.kernel * geometry.kernel * channels), "transpose")

    for accumulating in [false, true] {
      let gradient = GuardedMatrix(channels, geometry.patchCount, filledWith: 0.5)
      product.weightGradient(
        images: imageMatrix.view, maps: mapMatrix.view, into: gradient.view, accumulating: accumulating,
        scratch: scratch)
      let expected = twin.weightGradient(images, maps, mapChannels: channels, start: accumulating ? 0.5 : 0)
      expectClose(gradient, expected, tolerance: sumTolerance(terms: count * geometry.positions), "gradient")
    }

    let (both, correlated) = (GuardedMatrix(channels, geometry.patchCount), GuardedMatrix(count, mapWidth))
    product.weightGradient(
      images: imageMatrix.view, maps: mapMatrix.view, into: both.view, accumulating: false,
      correlating: (weight: WeightMatrix(weightMatrix.view), maps: correlated.view), scratch: scratch)
    expectClose(
      both, twin.weightGradient(images, maps, mapChannels: channels, start: 0),
      tolerance: sumTolerance(terms: count * geometry.positions), "gradient with correlation")
    expectClose(
      correlated, twin.correlate(images, weight), tolerance: sumTolerance(terms: geometry.patchCount),
      "correlation with gradient")
  }

  @Test("A grid that the image has no room for ends the program")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = PatchGeometry(
        height: 4, width: 4, channels: 1, kernel: 3, stride: 1, padding: 0, gridHeight: 3, gridWidth: 2)
    }
  }
}
