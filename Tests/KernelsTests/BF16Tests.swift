import KernelTwins
import Kernels
import TestSupport
import Testing

/// bf16 products against loops in double precision over operands that are rounded to bf16: products of two such numbers
/// are exact in single precision, so that only the sums round.
@Suite(.enabled(if: BF16.engineName != nil, "this processor has neither AVX512-BF16 nor AMX"))
struct BF16Tests {
  /// Rounds to nearest even, by the definition.
  private static func rounded(_ x: Double) -> Double {
    let bits = Float(x).bitPattern
    let half = bits & 0xffff
    let up = half > 0x8000 || half == 0x8000 && bits >> 16 & 1 == 1
    return Double(Float(bitPattern: (bits >> 16 &+ (up ? 1 : 0)) << 16))
  }

  private static func rounded(_ table: Table) -> Table { table.map { $0.map(rounded) } }

  @Test("Rounding is to nearest even, and values that are not finite stay so")
  func rounding() {
    var numbers = Numbers(seed: 4)
    var values = (0..<1000).map { _ in Float(numbers.uniform(-3...3)) }
    // Ties between an even and an odd neighbour, both ways; a mantissa that carries into the exponent.
    values += [0x3f80_8000, 0x3f81_8000, 0x3fff_ffff, 0xbf80_8000].map { Float(bitPattern: $0) }
    values += [0, -0.0, .infinity, -.infinity, .greatestFiniteMagnitude]
    let arena = BF16Arena(count: values.count)
    arena.round(values, count: values.count)
    for (i, value) in values.enumerated() {
      let expected = value.isFinite ? Float(Self.rounded(Double(value))) : value
      #expect(UInt32(arena.base[i]) << 16 == expected.bitPattern, "\(value)")
    }
    arena.round([.nan], count: 1)
    #expect(Float(bitPattern: UInt32(arena.base[0]) << 16).isNaN)
  }

  /// Shapes of one layer: thin and empty ones, one of more blocks of 32 in each direction with rests, and one whose rows
  /// and columns take more than one block of memory.
  static let shapes =
    GemmTests.shapes + [GemmTests.Shape(300, 70, 650, gap: 3), GemmTests.Shape(33, 5000, 40, gap: 0)]

  @Test("y = x Wᵀ", arguments: BF16.Engine.available, shapes)
  func forward(_ engine: BF16.Engine, _ s: GemmTests.Shape) {
    let (x, weight) = (s.x, s.weight)
    for accumulating in [false, true] where s.rows * s.inputs * s.outputs > 0 {
      let y = GuardedMatrix(s.rows, s.outputs, filledWith: 0.5, gap: s.gap)
      product(s, engine).multiply(
        GuardedMatrix(x, columns: s.inputs, gap: s.gap).view, transposed: self.weight(s), into: y.view,
        accumulating: accumulating)
      let (x, weight) = (Self.rounded(x), Self.rounded(weight))
      let expected = table(s.rows, s.outputs) { b, o in
        (0..<s.inputs).reduce(accumulating ? 0.5 : 0) { $0 + x[b][$1] * weight[o][$1] }
      }
      expectClose(y, expected, tolerance: sumTolerance(terms: s.inputs))
    }
  }

  @Test("dx = dy W", arguments: BF16.Engine.available, shapes)
  func inputGradient(_ engine: BF16.Engine, _ s: GemmTests.Shape) {
    let (dy, weight) = (s.dy, s.weight)
    for accumulating in [false, true] where s.rows * s.inputs * s.outputs > 0 {
      let dx = GuardedMatrix(s.rows, s.inputs, filledWith: 0.5, gap: s.gap)
      product(s, engine).multiply(
        GuardedMatrix(dy, columns: s.outputs, gap: s.gap).view, self.weight(s), into: dx.view,
        accumulating: accumulating)
      let (dy, weight) = (Self.rounded(dy), Self.rounded(weight))
      let expected = table(s.rows, s.inputs) { b, i in
        (0..<s.outputs).reduce(accumulating ? 0.5 : 0) { $0 + dy[b][$1] * weight[$1][i] }
      }
      expectClose(dx, expected, tolerance: sumTolerance(terms: s.outputs))
    }
  }

  @Test("dW = dyᵀ x", arguments: BF16.Engine.available, shapes)
  func weightGradient(_ engine: BF16.Engine, _ s: GemmTests.Shape) {
    let (dy, x) = (s.dy, s.x)
    for accumulating in [false, true] where s.rows * s.inputs * s.outputs > 0 {
      let gradient = GuardedMatrix(s.outputs, s.inputs, filledWith: 0.5, gap: s.gap)
      product(s, engine).multiply(
        transposed: GuardedMatrix(dy, columns: s.outputs, gap: s.gap).view,
        GuardedMatrix(x, columns: s.inputs, gap: s.gap).view, into: gradient.view, accumulating: accumulating)
      let (dy, x) = (Self.rounded(dy), Self.rounded(x))
      let expected = table(s.outputs, s.inputs) { o, i in
        (0..<s.rows).reduce(accumulating ? 0.5 : 0) { $0 + dy[$1][o] * x[$1][i] }
      }
      expectClose(gradient, expected, tolerance: sumTolerance(terms: s.rows))
    }
  }

  @Test("A row has the same bits alone and among others", arguments: BF16.Engine.available)
  func rowsAlone(_ engine: BF16.Engine) {
    let s = GemmTests.Shape(97, 530, 130, gap: 0)
    let x = GuardedMatrix(s.x).view
    let (all, one) = (GuardedMatrix(s.rows, s.outputs), GuardedMatrix(1, s.outputs))
    product(s, engine).multiply(x, transposed: weight(s), into: all.view, accumulating: false)
    for row in [0, 31, 32, 96] {
      product(s, engine).multiply(x.rows(row..<row + 1), transposed: weight(s), into: one.view, accumulating: false)
      #expect(one.values[0] == all.values[row], "row \(row)")
    }
  }

  /// Those of single precision, and of more images than a block: 41 of whole windows, 20 of one window row of four, 34 of
  /// three of five, each once with a block of one image behind it and once with two blocks.
  static let batches: [(geometry: PatchGeometry, images: Int)] =
    ConvolutionTests.batches
    + [42, 82].map { (.covering(14, 14, channels: 8, kernel: 4, stride: 2, padding: 1), $0) }
    + [21, 40].map { (.covering(8, 8, channels: 128, kernel: 4, stride: 1, padding: 0), $0) }
    + [35, 68].map { (.covering(8, 8, channels: 32, kernel: 5, stride: 1, padding: 0), $0) }

  @Test("The sizes of blocks that the batches are chosen for")
  func blocks() {
    func images(_ geometry: PatchGeometry) -> Int {
      BF16PatchProduct(PatchProduct(geometry: geometry, mapChannels: 21)).blockImages
    }
    #expect(images(.covering(14, 14, channels: 8, kernel: 4, stride: 2, padding: 1)) == 41)
    #expect(images(.covering(8, 8, channels: 128, kernel: 4, stride: 1, padding: 0)) == 20)
    #expect(images(.covering(8, 8, channels: 32, kernel: 5, stride: 1, padding: 0)) == 34)
  }

  @Test("Convolutions", arguments: BF16.Engine.available, batches)
  func convolutions(_ engine: BF16.Engine, _ batch: (PatchGeometry, Int)) {
    let ((geometry, count), channels) = (batch, 21)
    let whole = PatchProduct(geometry: geometry, mapChannels: channels)
    let (product, twin) = (BF16PatchProduct(whole, engine: engine), PatchTwin(geometry: geometry))
    let images = Self.rounded(randomTable(count, geometry.imageCount, seed: 1))
    let weight = Self.rounded(randomTable(channels, geometry.patchCount, seed: 2))
    let maps = Self.rounded(randomTable(count, geometry.positions * channels, seed: 3))
    let scratch = Scratch(count: product.scratchCount)
    defer { #expect(scratch.isIntact) }
    let rounded = roundedWeight(weight, columns: geometry.patchCount, scratch.arena)
    let (imageMatrix, mapMatrix) = (
      GuardedMatrix(images, columns: geometry.imageCount),
      GuardedMatrix(maps, columns: geometry.positions * channels)
    )

    let foundMaps = GuardedMatrix(count, geometry.positions * channels)
    product.correlate(imageMatrix.view, weight: rounded, into: foundMaps.view)
    expectClose(
      foundMaps, twin.correlate(images, weight), tolerance: sumTolerance(terms: geometry.patchCount), "correlate")

    let foundImages = GuardedMatrix(count, geometry.imageCount, filledWith: 0)
    product.transposedCorrelate(mapMatrix.view, weight: rounded, addingTo: foundImages.view)
    expectClose(
      foundImages, twin.transposedCorrelate(maps, weight),
      tolerance: sumTolerance(terms: geometry.kernel * geometry.kernel * channels), "transpose")

    for accumulating in [false, true] where count > 0 {
      let gradient = GuardedMatrix(channels, geometry.patchCount, filledWith: 0.5)
      let correlated = GuardedMatrix(count, geometry.positions * channels)
      product.weightGradient(
        images: imageMatrix.view, maps: mapMatrix.view, into: gradient.view, accumulating: accumulating,
        correlating: accumulating ? (weight: rounded, maps: correlated.view) : nil, scratch: scratch.arena)
      expectClose(
        gradient, twin.weightGradient(images, maps, mapChannels: channels, start: accumulating ? 0.5 : 0),
        tolerance: sumTolerance(terms: count * geometry.positions), "gradient")
      if accumulating { #expect(correlated.values == foundMaps.values) }
    }
  }

  /// A rank without rows in the last batch, and layers of one image or none.
  @Test("Without rows a gradient is zero, or stays", arguments: [false, true])
  func empty(accumulating: Bool) {
    let s = GemmTests.Shape(0, 70, 33, gap: 0)
    let scratch = BF16Arena(count: BF16Product.scratchCount(outputs: s.outputs, inputs: s.inputs))
    let gradient = GuardedMatrix(s.outputs, s.inputs, filledWith: 0.5)
    multiply(
      transposed: GuardedMatrix(s.dy, columns: s.outputs).view, GuardedMatrix(s.x, columns: s.inputs).view,
      into: gradient.view, accumulating: accumulating, rounding: scratch)
    #expect(gradient.values.joined().allSatisfy { $0 == (accumulating ? 0.5 : 0) } && gradient.isIntact)

    let product = PatchProduct(
      geometry: .covering(14, 14, channels: 8, kernel: 4, stride: 2, padding: 1), mapChannels: 5)
    let sums = GuardedMatrix(5, product.geometry.patchCount, filledWith: 0.5)
    product.weightGradient(
      images: GuardedMatrix(0, product.geometry.imageCount).view,
      maps: GuardedMatrix(0, product.geometry.positions * 5).view, into: sums.view, accumulating: accumulating,
      scratch: FloatArena(count: product.scratchCount), rounding: BF16Arena(count: product.roundedScratchCount))
    #expect(sums.values.joined().allSatisfy { $0 == (accumulating ? 0.5 : 0) } && sums.isIntact)
  }

  /// Scratch memory that begins with what is not a number, as a diverged step leaves it, and is followed by a canary.
  private struct Scratch {
    let arena: BF16Arena
    private let memory: UnsafeMutableBufferPointer<UInt16>
    private static let (nan, canary, margin): (UInt16, UInt16, Int) = (0x7fc0, 0x1234, 64)

    init(count: Int) {
      // Never freed, because a view does not keep memory alive.
      let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * (count + Self.margin), alignment: 64)
      memory = raw.bindMemory(to: UInt16.self)
      memory.initialize(repeating: Self.nan)
      for i in count..<count + Self.margin { memory[i] = Self.canary }
      arena = BF16Arena(viewing: UnsafeMutableBufferPointer(rebasing: memory[..<count]))
    }

    var isIntact: Bool { memory.suffix(Self.margin).allSatisfy { $0 == Self.canary } }
  }

  private func scratch(_ s: GemmTests.Shape) -> BF16Arena {
    Scratch(count: BF16Product.scratchCount(outputs: s.outputs, inputs: s.inputs)).arena
  }

  private func product(_ s: GemmTests.Shape, _ engine: BF16.Engine) -> BF16Product {
    BF16Product(scratch(s), engine: engine)
  }

  private func weight(_ s: GemmTests.Shape) -> RoundedWeight {
    roundedWeight(s.weight, columns: s.inputs, scratch(s))
  }

  private func roundedWeight(_ values: Table, columns: Int, _ scratch: BF16Arena) -> RoundedWeight {
    let arena = BF16Arena(count: values.count * columns)
    let floats = values.flatMap { $0.map { Float($0) } }
    arena.round(floats, count: floats.count)
    // What lies behind a weight takes no part in its products.
    for i in 0..<BF16Arena.readAhead { arena.base[arena.count + i] = 0x4000 }
    // Its memory is never freed, because a view does not keep memory alive.
    return RoundedWeight(Unmanaged.passRetained(arena).takeUnretainedValue(), columns: columns, scratch: scratch)
  }
}
