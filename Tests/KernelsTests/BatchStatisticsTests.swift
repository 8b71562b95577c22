import KernelTwins
import Kernels
import Testing

extension NormTwin {
  /// The kernels' view of it, in memory that is never freed.
  fileprivate var kernel: ChannelNorm {
    let (means, inverses) = (means, inverseDeviations)
    return ChannelNorm(
      mean: floats(means), inverseDeviation: floats(inverses), scale: floats(zip(gain, inverses).map { $0 * $1 }),
      shift: floats(shift))
  }
}

struct BatchStatisticsTests {
  @Test("Sums of values and of squares", arguments: awkwardSizes, awkwardSizes)
  func sums(rows: Int, columns: Int) {
    let x = randomTable(rows, columns, -3...5, seed: 1)
    let found = doubles(2 * columns, filledWith: 77)
    batchSums(GuardedMatrix(x, columns: columns, gap: 3).view, into: found.baseAddress!)
    let sums = (0..<columns).map { c in x.reduce(0) { $0 + $1[c] } }
    let squares = (0..<columns).map { c in x.reduce(0) { $0 + $1[c] * $1[c] } }
    // Single precision rounds every square, of up to 64 around a tile's mean, and what is added up of them.
    let tolerance = Double(max(rows, 1)) * 0x1p-24 * 100
    for (found, expected) in zip(found, sums + squares) {
      #expect(abs(found - expected) <= tolerance, "found \(found), expected \(expected), \(rows) rows")
    }
  }

  @Test("A mean of 1e4 leaves a deviation of 1e-2 its variance", arguments: [64, 65, 130, 1000])
  func largeMean(rows: Int) {
    var x = randomTable(rows, 9, -0.02...0.02, seed: 1)
    // Rounded as the kernel gets it: floats near 1e4 lie 1e-3 apart.
    for r in x.indices { x[r] = x[r].map { Double(Float(1e4 + $0)) } }
    let sums = doubles(18)
    batchSums(GuardedMatrix(x).view, into: sums.baseAddress!)
    let n = Double(rows)
    for c in 0..<9 {
      let mean = x.reduce(0) { $0 + $1[c] } / n
      let variance = x.reduce(0) { $0 + ($1[c] - mean) * ($1[c] - mean) } / n
      let foundMean = sums[c] / n
      let foundVariance = sums[9 + c] / n - foundMean * foundMean
      #expect(abs(foundMean - mean) < 1e-8)
      // 1e8 in double precision rounds by 1e-8, and the variance is about 1e-4.
      #expect(abs(foundVariance - variance) < 1e-7, "found \(foundVariance), expected \(variance)")
      #expect(variance > 1e-6)
    }
  }

  @Test("Normalising, and back again", arguments: awkwardSizes.dropFirst(2), Activation.all)
  func normalize(size: Int, activation: Activation) {
    for (rows, channels) in [(size, 9), (9, size)] {
      let x = randomTable(rows, channels, -3...5, seed: 1)
      let twin = NormTwin(
        x: x, gain: randomTable(1, channels, 0.5...2, seed: 2)[0], shift: randomTable(1, channels, seed: 3)[0],
        activation: activation)
      let y = GuardedMatrix(rows, channels, gap: 1)
      twin.kernel.normalize(GuardedMatrix(x, gap: 3).view, activation: activation, into: y.view)
      // Mean, reciprocal deviation and scale are rounded to single precision, each product and sum once more.
      expectClose(y, twin.output, tolerance: 2e-6)

      let inPlace = GuardedMatrix(x, gap: 3)
      twin.kernel.normalize(inPlace.view, activation: activation, into: inPlace.view)
      #expect(inPlace.values == y.values)
    }
  }

  @Test("The way back agrees with central differences", arguments: awkwardSizes.dropFirst(2), Activation.all)
  func backward(size: Int, activation: Activation) {
    let (rows, channels) = (size, 9)
    let x = randomTable(rows, channels, -3...5, seed: 1)
    let (gain, shift) = (randomTable(1, channels, 0.5...2, seed: 2)[0], randomTable(1, channels, seed: 3)[0])
    let dy = randomTable(rows, channels, seed: 4)
    let twin = NormTwin(x: x, gain: gain, shift: shift, activation: activation)
    let gradient = GuardedMatrix(dy, gap: 3)
    let sums = doubles(2 * channels, filledWith: 77)
    let matrix = GuardedMatrix(x, gap: 1)
    let y = GuardedMatrix(twin.output)
    twin.kernel.backwardSums(
      matrix.view, value: y.view, activation: activation, gradient: gradient.view, sums: sums.baseAddress!)
    twin.kernel.backward(matrix.view, gradient: gradient.view, sums: UnsafePointer(sums.baseAddress!), count: rows)
    #expect(gradient.isIntact)

    func loss(_ x: Table, _ gain: [Double], _ shift: [Double]) -> Double {
      let output = NormTwin(x: x, gain: gain, shift: shift, activation: activation).output
      return zip(output.joined(), dy.joined()).reduce(0) { $0 + $1.0 * $1.1 }
    }
    // Up to 130 rows in single precision; central differences cross a kink with a probability of about 1e-5.
    let tolerance = 1e-5
    expectGradient(
      gradient.values.flatMap(\.self),
      of: { flat in loss(table(rows, channels) { flat[$0 * channels + $1] }, gain, shift) },
      at: x.flatMap(\.self), seed: 5, tolerance: tolerance)
    expectGradient(
      Array(sums[..<channels]), of: { loss(x, gain, $0) }, at: shift, seed: 6, tolerance: tolerance)
    expectGradient(
      Array(sums[channels...]), of: { loss(x, $0, shift) }, at: gain, seed: 7, tolerance: tolerance)
  }

  @Test("A replica without rows adds nothing to the sums")
  func noRows() {
    let norm = NormTwin(
      x: randomTable(4, 9, seed: 1), gain: [Double](repeating: 1, count: 9), shift: [Double](repeating: 0, count: 9),
      activation: .swish
    ).kernel
    let (sums, none) = (doubles(18, filledWith: 77), GuardedMatrix([], columns: 9))
    norm.backwardSums(none.view, value: none.view, activation: .swish, gradient: none.view, sums: sums.baseAddress!)
    #expect(sums.allSatisfy { $0 == 0 })
    norm.backward(none.view, gradient: none.view, sums: UnsafePointer(sums.baseAddress!), count: 4)
    #expect(none.isIntact)
  }
}
