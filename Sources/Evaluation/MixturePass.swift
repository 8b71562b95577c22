internal import Foundation

/// One pass over points: responsibilities under a mixture, and the moments of each component.
final class MixturePass {
  private let density: MixtureDensity
  private let distance: UnsafeMutableBufferPointer<Double>
  /// By component: the sum of responsibilities r, those of r (x - mean), and of r (x - mean)(x - mean)ᵀ, lower triangle.
  let weights: UnsafeMutableBufferPointer<Double>
  let sums: UnsafeMutableBufferPointer<Double>
  let products: UnsafeMutableBufferPointer<Double>

  init(_ mixture: GaussianMixture) {
    let (n, count) = (mixture.dimensions, mixture.components.count)
    density = MixtureDensity(mixture)
    distance = Self.zeros(n)
    weights = Self.zeros(count)
    sums = Self.zeros(count * n)
    products = Self.zeros(count * n * n)
  }

  deinit { for buffer in [distance, weights, sums, products] { buffer.deallocate() } }

  private static func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
    buffer.initialize(repeating: 0)
    return buffer
  }

  /// - Returns: the mean of log p(x), in nats.
  func run(_ points: [Double]) -> Double {
    let (n, pointCount) = (density.dimensions, points.count / density.dimensions)
    var total = 0.0
    points.withUnsafeBufferPointer { points in
      for start in stride(from: 0, to: pointCount, by: MixtureDensity.blockPoints) {
        let block = min(MixtureDensity.blockPoints, pointCount - start)
        density.measure(block) { points[(start + $0) * n + $1] }
        for point in 0..<block {
          let logDensity = density.logDensity(point)
          total += logDensity
          for index in 0..<density.count { collect(index, point, exp(density.weighted(index, point) - logDensity)) }
        }
      }
    }
    return total / Double(pointCount)
  }

  private func collect(_ index: Int, _ point: Int, _ responsibility: Double) {
    guard responsibility > 1e-12 else { return }
    let n = density.dimensions
    for i in 0..<n { distance[i] = density.distance(index, i, point) }
    weights[index] += responsibility
    for i in 0..<n {
      let share = responsibility * distance[i]
      sums[index * n + i] += share
      for j in 0...i { products[(index * n + i) * n + j] += share * distance[j] }
    }
  }
}
