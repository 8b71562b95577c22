internal import Foundation
internal import Kernels

/// Log densities of many points under a mixture. Some dozen points go through a component together, so that the loop over
/// points is one of vectors.
final class MixtureDensity {
  typealias Lanes = SIMD8<Double>
  /// Points at a time.
  static let blockPoints = blockLanes * Lanes.scalarCount
  private static let blockLanes = 8

  let dimensions: Int
  let count: Int
  /// By component: log weight - ½ log |covariance| - ½ D log 2π; mean; lower triangle of the covariance.
  private let constants: [Double]
  private let means: [Double]
  private let factors: [Double]
  /// Of the points at hand, by dimension.
  private let points: UnsafeMutableBufferPointer<Lanes>
  /// By component: log (weight · density). By component and dimension: x - mean.
  private let logDensities: UnsafeMutableBufferPointer<Lanes>
  private let distances: UnsafeMutableBufferPointer<Lanes>
  private let solution: UnsafeMutableBufferPointer<Lanes>

  init(_ mixture: GaussianMixture) {
    let (n, count) = (mixture.dimensions, mixture.components.count)
    (dimensions, self.count) = (n, count)
    constants = mixture.components.map { component in
      let logDeterminant = (0..<n).reduce(0) { $0 + log(component.factor[$1 * n + $1]) }
      return log(component.weight) - logDeterminant - 0.5 * Double(n) * log(2 * .pi)
    }
    means = mixture.components.flatMap(\.mean)
    factors = mixture.components.flatMap(\.factor)
    points = Self.zeros(n)
    logDensities = Self.zeros(count)
    distances = Self.zeros(count * n)
    solution = Self.zeros(n)
  }

  deinit { for buffer in [points, logDensities, distances, solution] { buffer.deallocate() } }

  /// Room for so many numbers of every point of a block.
  private static func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Lanes> {
    let buffer = UnsafeMutableBufferPointer<Lanes>.allocate(capacity: count * blockLanes)
    buffer.initialize(repeating: .zero)
    return buffer
  }

  /// Takes up to `blockPoints` points, and measures each from every component.
  /// - Parameter value: of a point and a dimension.
  func measure(_ pointCount: Int, _ value: (_ point: Int, _ dimension: Int) -> Double) {
    precondition(pointCount <= Self.blockPoints, "\(pointCount) points in a block of \(Self.blockPoints)")
    for point in 0..<pointCount {
      for i in 0..<dimensions { points[i * Self.blockLanes + vector(point)][lane(point)] = value(point, i) }
    }
    for index in 0..<count { measure(from: index) }
  }

  /// Solves L y = x - mean: |y|² is the distance that the density knows.
  private func measure(from index: Int) {
    let (n, lanes) = (dimensions, Self.blockLanes)
    for v in 0..<lanes { logDensities[index * lanes + v] = Lanes(repeating: constants[index]) }
    for i in 0..<n {
      let row = (index * n + i) * n
      let own = i * lanes
      for v in 0..<lanes {
        let distance = points[own + v] - means[index * n + i]
        distances[(index * n + i) * lanes + v] = distance
        solution[own + v] = distance
      }
      for j in 0..<i {
        let factor = factors[row + j]
        for v in 0..<lanes { solution[own + v] -= factor * solution[j * lanes + v] }
      }
      for v in 0..<lanes {
        let value = solution[own + v] / factors[row + i]
        solution[own + v] = value
        logDensities[index * lanes + v] -= 0.5 * value * value
      }
    }
  }

  /// log p(x) of a point of the block, in nats.
  func logDensity(_ point: Int) -> Double {
    var (peak, sum) = (-Double.infinity, 0.0)
    for index in 0..<count { peak = max(peak, weighted(index, point)) }
    for index in 0..<count { sum += exp(weighted(index, point) - peak) }
    return peak + log(sum)
  }

  /// log (weight · density) of one component at a point of the block.
  func weighted(_ index: Int, _ point: Int) -> Double {
    logDensities[index * Self.blockLanes + vector(point)][lane(point)]
  }

  /// x - mean in one dimension.
  func distance(_ index: Int, _ dimension: Int, _ point: Int) -> Double {
    distances[(index * dimensions + dimension) * Self.blockLanes + vector(point)][lane(point)]
  }

  /// Where a point of the block lies.
  private func vector(_ point: Int) -> Int { point / Lanes.scalarCount }
  private func lane(_ point: Int) -> Int { point % Lanes.scalarCount }

  /// Writes log p(z) - log N(z; 0, I) of every row of a matrix, in nats.
  func logRatios(of z: Matrix, into ratios: UnsafeMutablePointer<Double>) {
    let normalizer = 0.5 * Double(dimensions) * log(2 * .pi)
    for start in stride(from: 0, to: z.rows, by: Self.blockPoints) {
      let rows = min(Self.blockPoints, z.rows - start)
      measure(rows) { Double(z[start + $0, $1]) }
      for row in 0..<rows {
        var square = 0.0
        for i in 0..<dimensions { square += Double(z[start + row, i]) * Double(z[start + row, i]) }
        ratios[start + row] = logDensity(row) + 0.5 * square + normalizer
      }
    }
  }
}
