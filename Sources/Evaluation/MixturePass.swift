internal import Foundation

/// One pass over points: responsibilities under a mixture, and the moments of each component.
final class MixturePass {
  private let dimensions: Int
  private let count: Int
  /// By component: log weight - ½ log |covariance| - ½ D log 2π.
  private let constants: [Double]
  private let means: [Double]
  private let factors: [Double]
  /// By component: log (weight · density), x - mean.
  private var logDensities: [Double]
  private var distances: [Double]
  private var solution: [Double]
  /// By component: the sum of responsibilities r, those of r (x - mean), and of r (x - mean)(x - mean)ᵀ, lower triangle.
  private(set) var weights: [Double]
  private(set) var sums: [Double]
  private(set) var products: [Double]

  init(_ mixture: GaussianMixture) {
    let (dimensions, count) = (mixture.dimensions, mixture.components.count)
    (self.dimensions, self.count) = (dimensions, count)
    means = mixture.components.flatMap(\.mean)
    factors = mixture.components.flatMap(\.factor)
    constants = mixture.components.map { component in
      let logDeterminant = (0..<dimensions).reduce(0) { $0 + log(component.factor[$1 * dimensions + $1]) }
      return log(component.weight) - logDeterminant - 0.5 * Double(dimensions) * log(2 * .pi)
    }
    logDensities = [Double](repeating: 0, count: count)
    distances = [Double](repeating: 0, count: count * dimensions)
    solution = [Double](repeating: 0, count: dimensions)
    weights = logDensities
    sums = distances
    products = [Double](repeating: 0, count: count * dimensions * dimensions)
  }

  /// - Returns: the mean of log p(x), in nats.
  func run(_ points: [Double]) -> Double {
    var total = 0.0
    points.withUnsafeBufferPointer { points in
      for start in stride(from: 0, to: points.count, by: dimensions) {
        measure(UnsafeBufferPointer(rebasing: points[start..<start + dimensions]))
        let peak = logDensities.max() ?? 0
        let sum = logDensities.reduce(0) { $0 + exp($1 - peak) }
        total += peak + log(sum)
        for index in 0..<count { collect(index, exp(logDensities[index] - peak) / sum) }
      }
    }
    return total * Double(dimensions) / Double(points.count)
  }

  /// Solves L y = x - mean for every component: |y|² is the distance that its density knows.
  private func measure(_ x: UnsafeBufferPointer<Double>) {
    let n = dimensions
    factors.withUnsafeBufferPointer { factors in
      for index in 0..<count {
        var square = 0.0
        for i in 0..<n {
          let row = (index * n + i) * n
          let distance = x[i] - means[index * n + i]
          var value = distance
          for j in 0..<i { value -= factors[row + j] * solution[j] }
          value /= factors[row + i]
          distances[index * n + i] = distance
          solution[i] = value
          square += value * value
        }
        logDensities[index] = constants[index] - 0.5 * square
      }
    }
  }

  private func collect(_ index: Int, _ responsibility: Double) {
    guard responsibility > 1e-12 else { return }
    let n = dimensions
    weights[index] += responsibility
    products.withUnsafeMutableBufferPointer { products in
      for i in 0..<n {
        let share = responsibility * distances[index * n + i]
        sums[index * n + i] += share
        for j in 0...i { products[(index * n + i) * n + j] += share * distances[index * n + j] }
      }
    }
  }
}
