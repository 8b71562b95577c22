import Evaluation
import Foundation
import Kernels
import Testing

struct GaussianMixtureTests {
  /// Weights, means and lower triangles that lie apart from each other by several deviations.
  private static let known = GaussianMixture(
    dimensions: 2,
    components: [
      GaussianMixture.Component(weight: 0.5, mean: [-3, 0], factor: [1, 0, 0.8, 0.5]),
      GaussianMixture.Component(weight: 0.3, mean: [3, 2], factor: [0.5, 0, -0.2, 1.2]),
      GaussianMixture.Component(weight: 0.2, mean: [1, -5], factor: [0.3, 0, 0, 0.3]),
    ])

  private static func points(_ mixture: GaussianMixture, count: Int, seed: UInt64 = 1) -> [Double] {
    let stream = RandomStream(seed: seed, purpose: .noise)
    let noise = FloatArena(count: count * mixture.dimensions).matrix(rows: count, columns: mixture.dimensions)
    stream.fillNormals(noise, firstStep: 0, row: 0)
    return (0..<count).flatMap { row in
      var point = noise.rows(row..<row + 1).values.map(Double.init)
      let uniform = stream.uniform(step: UInt64(row), row: 1, index: 0)
      mixture.draw(uniform: Double(uniform), noise: &point)
      return point
    }
  }

  /// Of 4000 points the smallest component has 800: its mean is known to 0.01, covariances to 5 %.
  @Test("EM finds the mixture that points were drawn from", arguments: 1...3 as ClosedRange<UInt64>)
  func recovery(seed: UInt64) {
    let points = Self.points(Self.known, count: 4000)
    let found = GaussianMixture.fit(points, dimensions: 2, components: 3, seed: seed)
    for (one, other) in zip(found.components.sorted { $0.weight > $1.weight }, Self.known.components) {
      #expect(abs(one.weight - other.weight) < 0.03, "\(one.weight) for \(other.weight)")
      for (a, b) in zip(one.mean + one.factor, other.mean + other.factor) { #expect(abs(a - b) < 0.1, "\(one)") }
    }
    #expect(abs(found.meanLogDensity(points) - Self.known.meanLogDensity(points)) < 0.01)
  }

  @Test("One component is mean and covariance of the points")
  func single() {
    let points = Self.points(Self.known, count: 500)
    let found = GaussianMixture.fit(points, dimensions: 2, components: 1, seed: 1).components[0]
    func mean(_ value: (Int) -> Double) -> Double { (0..<500).reduce(0) { $0 + value($1) } / 500 }
    let means = (0..<2).map { i in mean { points[2 * $0 + i] } }
    #expect(abs(found.mean[0] - means[0]) < 1e-9 && abs(found.mean[1] - means[1]) < 1e-9)
    for i in 0..<2 {
      for j in 0...i {
        let covariance = mean { (points[2 * $0 + i] - means[i]) * (points[2 * $0 + j] - means[j]) }
        let product = (0...j).reduce(0) { $0 + found.factor[2 * i + $1] * found.factor[2 * j + $1] }
        // A millionth of the mean variance, which is about 10, is added to variances, in every pass once.
        #expect(abs(product - covariance) < 1e-4, "\(product) for \(covariance)")
      }
    }
  }

  @Test("The same seed gives the same bits")
  func reproducible() {
    let points = Self.points(Self.known, count: 300)
    func fit() -> [Double] {
      GaussianMixture.fit(points, dimensions: 2, components: 4, seed: 5).components.flatMap {
        [$0.weight] + $0.mean + $0.factor
      }
    }
    #expect(fit() == fit())
  }

  @Test("Points that are all equal, or lie on a line, or are hardly more than components, leave finite numbers")
  func degenerate() {
    let equal = [Double](repeating: 3, count: 40)
    let line = (0..<20).flatMap { [Double($0), 2 * Double($0)] }
    for (points, count) in [(equal, 3), (line, 3), (Array(line.prefix(8)), 3)] {
      let found = GaussianMixture.fit(points, dimensions: 2, components: count, seed: 1)
      #expect(found.components.allSatisfy { ($0.mean + $0.factor).allSatisfy(\.isFinite) })
      #expect(found.meanLogDensity(points).isFinite)
    }
  }

  @Test("Draws from a mixture decode latents of the mixture, the same for the same seed")
  func generation() throws {
    let model = try smallTrainedModel()
    let narrow = [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01]
    let mixture = LatentMixture(
      GaussianMixture(
        dimensions: 3,
        components: [
          GaussianMixture.Component(weight: 0.25, mean: [9, 0, 0], factor: narrow),
          GaussianMixture.Component(weight: 0.75, mean: [0, -9, 0], factor: narrow),
        ]))
    let draws = model.generate(0, given: [:], count: 200, seed: 3, mixture: mixture)
    let latents = try #require(draws.latents["core"])
    let first = stride(from: 0, to: latents.count, by: 3).count { latents[$0] > 8 }
    #expect((30...70).contains(first), "\(first) of 200, expected 50")
    #expect(
      stride(from: 0, to: latents.count, by: 3).allSatisfy {
        abs(latents[$0] - 9) < 0.1 || abs(latents[$0 + 1] + 9) < 0.1
      })
    #expect(model.generate(0, given: [:], count: 200, seed: 3, mixture: mixture).values == draws.values)
    #expect(model.generate(0, given: [:], count: 200, seed: 4, mixture: mixture).values != draws.values)
  }
}
