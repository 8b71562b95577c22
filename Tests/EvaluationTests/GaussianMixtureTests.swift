import Evaluation
import Foundation
import Kernels
import Models
import Storage
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

  /// Where the first means are drawn without regard to distances, both of the small groups are rarely among them.
  @Test("Groups that lie far apart have a component each, however small", arguments: 1...8 as ClosedRange<UInt64>)
  func farGroups(seed: UInt64) {
    let unit = [1.0, 0, 0, 1]
    let groups = GaussianMixture(
      dimensions: 2,
      components: [([0.0, 0], 0.96), ([1e3, 0], 0.02), ([0, 1e3], 0.02)].map { mean, weight in
        GaussianMixture.Component(weight: weight, mean: mean, factor: unit)
      })
    let found = GaussianMixture.fit(Self.points(groups, count: 1000), dimensions: 2, components: 3, seed: seed)
    for group in groups.components {
      #expect(found.components.contains { zip($0.mean, group.mean).allSatisfy { abs($0 - $1) < 2 } }, "\(found)")
    }
  }

  /// Posteriors that are the same for every row: their mean is known to its standard error.
  @Test("A mixture is fitted to a draw from the posterior of every training row")
  func posteriors() throws {
    let model = try smallTrainedModel()
    let (means, logvars): ([Double], [Double]) = ([2, -3, 0.5], [-2, -1, 0])
    for (part, values) in [("mean", means), ("logvar", logvars)] {
      model.set("core.posterior.\(part).weight", [Float](repeating: 0, count: 12))
      model.set("core.posterior.\(part).bias", values.map { Float($0) })
    }
    // Mean log densities of draws from N(μ, σ²) under itself and under N(0, 1), over log 2π.
    var (own, standard) = (-1.5 * log(2 * .pi), -1.5 * log(2 * .pi))
    for (mean, logvar) in zip(means, logvars) {
      own -= 0.5 * (1 + logvar)
      standard -= 0.5 * (exp(logvar) + mean * mean)
    }
    try withSmallDataset(rows: 400, .train) { dataset in
      let fitted = try LatentMixture(model, dataset, components: 1, seed: 2)
      let fit = try #require(fitted.fit)
      let component = fitted.mixture.components[0]
      for i in means.indices {
        let error = exp(logvars[i] / 2) / 20
        #expect(abs(component.mean[i] - means[i]) < 4.5 * error, "\(component)")
      }
      #expect(fit.rows == 400)
      #expect(abs(fit.logDensity - own) < 0.2, "found \(fit.logDensity), expected \(own)")
      #expect(abs(fit.standardLogDensity - standard) < 0.6, "found \(fit.standardLogDensity), expected \(standard)")
      #expect(throws: EvaluationError.self) { try LatentMixture(model, dataset, components: 400, seed: 2) }
    }
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

  @Test("The density of many points is the mean of each one's", arguments: [1, 7, 64, 65, 130])
  func densities(count: Int) {
    let points = Self.points(Self.known, count: count)
    let expected = (0..<count).reduce(0.0) { sum, point in
      let (x, y) = (points[2 * point], points[2 * point + 1])
      return sum
        + log(
          Self.known.components.reduce(0) { density, component in
            let (a, b, c) = (component.factor[0], component.factor[2], component.factor[3])
            let first = (x - component.mean[0]) / a
            let second = (y - component.mean[1] - b * first) / c
            return density + component.weight * exp(-0.5 * (first * first + second * second)) / (2 * .pi * a * c)
          })
    }
    #expect(abs(Self.known.meanLogDensity(points) - expected / Double(count)) < 1e-12 * Double(count))
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

  /// Points on y = 2x leave a millionth of the mean variance of both coordinates on the diagonal; the variance of y given
  /// x is then five times that.
  @Test("Across a line the variance is a millionth of the mean variance of all coordinates")
  func floor() {
    let line = (0..<20).flatMap { [Double($0), 2 * Double($0)] }
    let factor = GaussianMixture.fit(line, dimensions: 2, components: 1, seed: 1).components[0].factor
    let variance = (400.0 - 1) / 12
    let floor = 1e-6 * (variance + 4 * variance) / 2
    #expect(abs(factor[3] * factor[3] / (5 * floor) - 1) < 1e-3, "\(factor)")
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
