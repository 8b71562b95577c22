import Foundation
import KernelTwins
import Kernels
import TestSupport
import Testing

/// Parameters of drawn data come back when a likelihood alone is fitted by gradient steps.
struct LikelihoodRecoveryTests {
  private static let rows = 4000

  /// Descends from 0, with Adam.
  /// - Parameters: gradient: what it gives for the parameters is dL/dparameters.
  private func fitted(_ count: Int, _ gradient: ([Double]) -> [Double]) -> [Double] {
    var (values, first, second) = ([Double](repeating: 0, count: count), [0.0], [0.0])
    (first, second) = (values, values)
    for step in 1...1500 {
      for (i, g) in gradient(values).enumerated() {
        first[i] = 0.9 * first[i] + 0.1 * g
        second[i] = 0.99 * second[i] + 0.01 * g * g
        // Ever smaller, so that the absolute distances of Laplace settle.
        let size = 0.02 * (1 - Double(step) / 1500)
        values[i] -= size * first[i] / (second[i].squareRoot() + 1e-12)
      }
    }
    return values
  }

  /// Numbers drawn by inverting the sum of a twin's probabilities.
  private func drawn(seed: UInt64, _ logProbability: (Double) -> Double) -> [Double] {
    var (sums, total) = ([Double](), 0.0)
    while sums.count < 3000 {
      total += exp(logProbability(Double(sums.count)))
      sums.append(total)
    }
    var numbers = Numbers(seed: seed)
    return (0..<Self.rows).map { _ in
      let u = numbers.uniform(0...1)
      return Double(sums.firstIndex { $0 > u } ?? sums.count)
    }
  }

  private func repeated(_ value: Double) -> Matrix { GuardedMatrix(table(Self.rows, 1) { _, _ in value }).view }
  private func sum(_ gradient: Matrix) -> Double { (0..<gradient.rows).reduce(0) { $0 + Double(gradient[$1, 0]) } }

  private static let weight = 1 / Float(rows)

  @Test("The rate of Poisson", arguments: [0.2, 7.5], [CountRate.Link.softplus, .exp])
  func poisson(rate: Double, link: CountRate.Link) {
    let x = GuardedMatrix(
      drawn(seed: 1) { LikelihoodTwin.poisson(output: [log(rate)], x: [$0], rate: CountRate(.exp)) }.map { [$0] })
    let output = fitted(1) { point in
      let output = repeated(point[0])
      _ = PoissonLikelihood.lossGradient(output: output, x: x.view, rate: CountRate(link), weight: Self.weight)
      return [sum(output)]
    }
    let found = link == .exp ? exp(output[0]) : log1p(exp(output[0]))
    // Four standard errors, sqrt(rate / rows) each.
    #expect(abs(found - rate) < 4 * (rate / Double(Self.rows)).squareRoot(), "found \(found)")
  }

  @Test("Rate and dispersion of the negative binomial", arguments: [(2.0, 0.5), (30, 4)])
  func negativeBinomial(rate: Double, dispersion: Double) {
    let x = GuardedMatrix(
      drawn(seed: 2) {
        LikelihoodTwin.negativeBinomial(
          output: [log(rate)], x: [$0], logDispersions: [log(dispersion)], rate: CountRate(.exp))
      }.map { [$0] })
    let found = fitted(2) { point in
      let (output, gradient) = (repeated(point[0]), floats([0]))
      _ = NegativeBinomialLikelihood.lossGradient(
        output: output, x: x.view, logDispersion: floats([point[1]]), rate: CountRate(.exp), weight: Self.weight,
        addingTo: gradient)
      return [sum(output), Double(gradient[0])]
    }
    let error = ((rate + rate * rate / dispersion) / Double(Self.rows)).squareRoot()
    #expect(abs(exp(found[0]) - rate) < 4 * error, "found \(exp(found[0]))")
    // The standard error of log t is about 0.04 for both.
    #expect(abs(found[1] - log(dispersion)) < 0.16, "found \(exp(found[1]))")
  }

  @Test("Location and scale of Laplace and of Gaussians with a scale per value", arguments: [0.02, 3])
  func reals(scale: Double) {
    var numbers = Numbers(seed: 3)
    let uniform = numbers.uniforms(Self.rows, 1e-9...1)
    let laplace = GuardedMatrix(
      uniform.map { u in [1 + scale * (u < 0.5 ? log(2 * u) : -log(2 - 2 * u))] })
    let found = fitted(2) { point in
      let means = repeated(point[0])
      let result = LaplaceLikelihood.lossGradient(
        means: means, x: laplace.view, logScale: Float(point[1]), weight: Self.weight)
      return [sum(means), result.logScaleGradient]
    }
    // Four standard errors, scale / sqrt(rows) and 1 / sqrt(rows).
    #expect(abs(found[0] - 1) < 0.07 * scale && abs(found[1] - log(scale)) < 0.07, "\(found)")

    let normal = GuardedMatrix(
      zip(uniform, numbers.uniforms(Self.rows, 0...1)).map { u, angle in
        [1 + scale * (-2 * log(u)).squareRoot() * cos(2 * .pi * angle)]
      })
    let fit = fitted(2) { point in
      let (means, gradient) = (repeated(point[0]), floats([0]))
      _ = ValueGaussianLikelihood.lossGradient(
        means: means, x: normal.view, logVariance: floats([point[1]]), weight: Self.weight, addingTo: gradient)
      return [sum(means), Double(gradient[0])]
    }
    #expect(abs(fit[0] - 1) < 0.07 * scale && abs(fit[1] - 2 * log(scale)) < 0.1, "\(fit)")
  }
}
