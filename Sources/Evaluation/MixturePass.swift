internal import Foundation

/// One pass over points: responsibilities under a mixture, and the moments of each component.
final class MixturePass {
  private let dimensions: Int
  private let count: Int
  /// By component: log weight - ½ log |covariance| - ½ D log 2π; mean; lower triangle of the covariance.
  private let constants: UnsafeMutableBufferPointer<Double>
  private let means: UnsafeMutableBufferPointer<Double>
  private let factors: UnsafeMutableBufferPointer<Double>
  /// Of the point at hand, by component: log (weight · density), x - mean.
  private let logDensities: UnsafeMutableBufferPointer<Double>
  private let distances: UnsafeMutableBufferPointer<Double>
  private let solution: UnsafeMutableBufferPointer<Double>
  /// By component: the sum of responsibilities r, those of r (x - mean), and of r (x - mean)(x - mean)ᵀ, lower triangle.
  let weights: UnsafeMutableBufferPointer<Double>
  let sums: UnsafeMutableBufferPointer<Double>
  let products: UnsafeMutableBufferPointer<Double>

  init(_ mixture: GaussianMixture) {
    let (n, count) = (mixture.dimensions, mixture.components.count)
    (dimensions, self.count) = (n, count)
    constants = Self.copy(
      mixture.components.map { component in
        let logDeterminant = (0..<n).reduce(0) { $0 + log(component.factor[$1 * n + $1]) }
        return log(component.weight) - logDeterminant - 0.5 * Double(n) * log(2 * .pi)
      })
    means = Self.copy(mixture.components.flatMap(\.mean))
    factors = Self.copy(mixture.components.flatMap(\.factor))
    logDensities = Self.zeros(count)
    distances = Self.zeros(count * n)
    solution = Self.zeros(n)
    weights = Self.zeros(count)
    sums = Self.zeros(count * n)
    products = Self.zeros(count * n * n)
  }

  deinit {
    for buffer in [constants, means, factors, logDensities, distances, solution, weights, sums, products] {
      buffer.deallocate()
    }
  }

  private static func copy(_ values: [Double]) -> UnsafeMutableBufferPointer<Double> {
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: values.count)
    _ = buffer.initialize(from: values)
    return buffer
  }

  private static func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
    copy([Double](repeating: 0, count: count))
  }

  /// - Returns: the mean of log p(x), in nats.
  func run(_ points: [Double]) -> Double {
    var total = 0.0
    points.withUnsafeBufferPointer { points in
      for start in stride(from: 0, to: points.count, by: dimensions) {
        for index in 0..<count { measure(points, start, index) }
        let peak = logDensities.max() ?? 0
        let sum = logDensities.reduce(0) { $0 + exp($1 - peak) }
        total += peak + log(sum)
        for index in 0..<count { collect(index, exp(logDensities[index] - peak) / sum) }
      }
    }
    return total * Double(dimensions) / Double(points.count)
  }

  /// Solves L y = x - mean: |y|² is the distance that the density knows.
  private func measure(_ points: UnsafeBufferPointer<Double>, _ start: Int, _ index: Int) {
    let n = dimensions
    var square = 0.0
    for i in 0..<n {
      let row = (index * n + i) * n
      let distance = points[start + i] - means[index * n + i]
      var value = distance
      for j in 0..<i { value -= factors[row + j] * solution[j] }
      value /= factors[row + i]
      distances[index * n + i] = distance
      solution[i] = value
      square += value * value
    }
    logDensities[index] = constants[index] - 0.5 * square
  }

  private func collect(_ index: Int, _ responsibility: Double) {
    guard responsibility > 1e-12 else { return }
    let n = dimensions
    weights[index] += responsibility
    for i in 0..<n {
      let share = responsibility * distances[index * n + i]
      sums[index * n + i] += share
      for j in 0...i { products[(index * n + i) * n + j] += share * distances[index * n + j] }
    }
  }
}
