import Foundation
import Kernels
import TestSupport
import Testing

/// Variances and draws of single values. The numbers are those of scipy.stats 1.17.1: `var`, and `cdf` at some points.
struct PredictionTests {
  private static let drawCount = 20_000

  /// A draw for each of many steps.
  private func draws(_ draw: (inout RandomSequence) -> Double) -> [Double] {
    let stream = RandomStream(seed: 3, purpose: .prediction, part: 5)
    return (0..<Self.drawCount).map { step in
      var random = RandomSequence(stream, step: UInt64(step), row: 9)
      return draw(&random)
    }
  }

  /// - Parameter cumulative: points, and the probability of what is not above them. Of 20 000 draws, 4 standard errors of
  ///   a share are 4 √(p (1 - p) / 20 000) <= 0.0142.
  private func expect(_ draws: [Double], _ cumulative: [(Double, Double)], _ name: String) {
    for (point, expected) in cumulative {
      let found = Double(draws.count { $0 <= point }) / Double(draws.count)
      let error = (expected * (1 - expected) / Double(draws.count)).squareRoot()
      #expect(abs(found - expected) <= 4 * error, "\(name) <= \(point): found \(found), expected \(expected)")
    }
  }

  @Test("Uniform and normal numbers of a sequence have their moments, and none repeats")
  func sequences() {
    let uniform = draws { $0.uniform() }
    #expect(uniform.allSatisfy { $0 > 0 && $0 < 1 } && Set(uniform).count == uniform.count)
    expect(uniform, [(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)], "uniform")
    let normal = draws { random in
      _ = random.uniform()
      return random.normal()
    }
    expect(normal, [(-2, 0.0227501), (0, 0.5), (1, 0.8413447)], "normal")
  }

  @Test("Poisson draws have its probabilities, on both sides of where the method changes")
  func poisson() {
    let table: [(rate: Double, cumulative: [(Double, Double)])] = [
      (0.3, [(0, 0.740818), (1, 0.963064)]), (4, [(2, 0.238103), (4, 0.628837), (7, 0.948866)]),
      (9.99, [(6, 0.130773), (10, 0.584291), (14, 0.917061)]),
      (10.5, [(6, 0.101633), (10, 0.520738), (15, 0.931665)]),
      (200, [(182, 0.106712), (200, 0.518794), (218, 0.903257)]),
      (1e6, [(998_719, 0.100166), (1_000_000, 0.500266), (1_001_282, 0.900148)]),
    ]
    for (rate, cumulative) in table {
      let found = draws { PoissonLikelihood.draw(rate: rate, &$0) }
      #expect(found.allSatisfy { $0 >= 0 && $0.rounded() == $0 })
      expect(found, cumulative, "poisson \(rate)")
    }
    #expect(draws { PoissonLikelihood.draw(rate: 0, &$0) }.allSatisfy { $0 == 0 })
  }

  @Test("Negative binomial draws have its probabilities")
  func negativeBinomial() {
    let table: [(logDispersion: Float, rate: Double, cumulative: [(Double, Double)])] = [
      (-3, 1, [(0, 0.859177), (5, 0.950620)]), (-3, 300, [(0, 0.648337), (1593, 0.950006)]),
      (0, 1, [(0, 0.5), (1, 0.75), (4, 0.96875)]), (0, 300, [(107, 0.301906), (275, 0.600871), (900, 0.950130)]),
      (1.5, 1, [(0, 0.405485), (3, 0.968088)]), (1.5, 300, [(212, 0.300715), (314, 0.601640), (567, 0.950463)]),
      (6, 300, [(288, 0.312319), (305, 0.601619), (338, 0.950800)]),
    ]
    for (logDispersion, rate, cumulative) in table {
      let found = draws { NegativeBinomialLikelihood.draw(rate: rate, logDispersion: logDispersion, &$0) }
      expect(found, cumulative, "negative binomial \(logDispersion), \(rate)")
    }
  }

  @Test("Laplace draws, switches and classes have their probabilities")
  func others() {
    for (logScale, cumulative) in [
      (Float(0), [(-3.0, 0.0248935), (-0.1, 0.4524187), (0.05, 0.5243853), (2, 0.9323324)]),
      (2, [(-3, 0.3331531), (-0.1, 0.4932788), (2, 0.6185661)]),
    ] {
      expect(draws { LaplaceLikelihood.draw(logScale: logScale, &$0) }, cumulative, "laplace \(logScale)")
    }
    expect(draws { BernoulliLikelihood.draw(probability: 0.3, &$0) }, [(0, 0.7)], "bernoulli")
    let probabilities = floats([0.2, 0, 0.5, 0.3])
    let classes = draws { Double(CategoricalLikelihood.draw(probabilities: probabilities, count: 4, &$0)) }
    expect(classes, [(0, 0.2), (1, 0.2), (2, 0.7)], "classes")
    #expect(!classes.contains(1))
  }

  /// Single precision of the parameter and of the result.
  @Test("Variances are those of scipy.stats")
  func variances() {
    func expect(_ found: Float, _ expected: Double) {
      #expect(abs(Double(found) - expected) <= 1e-5 * expected, "found \(found), expected \(expected)")
    }
    for (logDispersion, rate, expected) in [
      (-3.0, 0.02, 0.0280342148), (-3, 30, 18106.983231), (0, 1, 2), (0, 4000, 16_004_000), (1.5, 30, 230.81714413),
      (6, 0.02, 0.0200009915), (6, 4000, 43660.034827),
    ] {
      let found = GuardedMatrix(1, 1)
      NegativeBinomialLikelihood.variances(
        rates: GuardedMatrix([[rate]]).view, logDispersion: floats([logDispersion]), into: found.view)
      expect(found.view[0, 0], expected)
    }
    for (logScale, expected) in [(Float(-6), 1.228842470665642e-05), (0, 2), (2, 109.19630006628849)] {
      expect(LaplaceLikelihood.variance(logScale: logScale), expected)
    }
    expect(GaussianLikelihood.variance(logVariance: -40), exp(-30))
    expect(GaussianLikelihood.variance(logVariance: 1.5), exp(1.5))
    let found = GuardedMatrix(2, 2, gap: 3)
    ValueGaussianLikelihood.variances(logVariance: floats([-20, 0.5]), into: found.view)
    for row in 0..<2 {
      expect(found.view[row, 0], 1e-6)
      expect(found.view[row, 1], exp(0.5))
    }
    BernoulliLikelihood.variances(means: GuardedMatrix([[0.3, 1], [0.5, 0]], gap: 1).view, into: found.view)
    expect(found.view[0, 0], 0.21)
    #expect(found.view[0, 1] == 0 && found.view[1, 1] == 0 && found.isIntact)
  }
}
