import Foundation
import KernelTwins
import Kernels
import TestSupport
import Testing

/// Likelihoods of counts, and those that learn more than one Gaussian scale.
struct FurtherLikelihoodTests {
  /// Single values, one a row, in one column.
  private func column(_ values: [Double]) -> Matrix { GuardedMatrix(values.map { [$0] }).view }

  private func expectScipy(
    _ table: [ScipyRow], x: [Double],
    _ kernel: (_ row: ScipyRow, _ output: Matrix, _ x: Matrix, _ found: UnsafeMutablePointer<Double>) -> Void
  ) {
    for row in table {
      let found = doubles(x.count)
      kernel(row, column(x.map { _ in row.output }), column(x), found.baseAddress!)
      for (found, expected) in zip(found, row.logProbabilities) where expected.isFinite {
        #expect(abs(found - expected) <= 1e-6 * abs(expected), "\(row): found \(found), expected \(expected)")
      }
      #expect(found.allSatisfy { $0.isFinite })
    }
  }

  @Test("Poisson agrees with scipy.stats in its tails, too")
  func poissonTables() {
    for (table, link) in [(ScipyTables.poissonSoftplus, CountRate.Link.softplus), (ScipyTables.poissonExp, .exp)] {
      expectScipy(table, x: ScipyTables.counts) {
        PoissonLikelihood.logProbabilities(output: $1, x: $2, rate: CountRate(link), into: $3)
      }
    }
  }

  @Test("The negative binomial agrees with scipy.stats in its tails, too")
  func negativeBinomialTables() {
    expectScipy(ScipyTables.negativeBinomial, x: ScipyTables.counts) { row, output, x, found in
      NegativeBinomialLikelihood.logProbabilities(
        output: output, x: x, logDispersion: floats([row.parameter]), rate: CountRate(.softplus), into: found)
    }
  }

  @Test("Laplace, and Gaussians with either scale, agree with scipy.stats in their tails, too")
  func realTables() {
    expectScipy(ScipyTables.laplace, x: ScipyTables.reals) { row, output, x, found in
      LaplaceLikelihood.logProbabilities(means: output, x: x, logScale: Float(row.parameter), into: found)
    }
    expectScipy(ScipyTables.gaussian, x: ScipyTables.reals) { row, output, x, found in
      ValueGaussianLikelihood.logProbabilities(
        means: output, x: x, logVariance: floats([row.parameter]), into: found)
    }
    expectScipy(ScipyTables.gaussian, x: ScipyTables.reals) { row, output, x, found in
      GaussianLikelihood.logProbabilities(means: output, x: x, logVariance: Float(row.parameter), into: found)
    }
  }

  @Test("Counts' probabilities add up to 1", arguments: [-20.0, -3, 0, 3.5, 6], [-4.0, 0, 2, 15, 40])
  func support(output: Double, logDispersion: Double) {
    let x = (0..<60_000).map(Double.init)
    let (outputs, found) = (column(x.map { _ in output }), doubles(x.count))
    func total() -> Double { found.reduce(0) { $0 + exp($1) } }
    for link in [CountRate.Link.softplus, .exp] {
      PoissonLikelihood.logProbabilities(
        output: outputs, x: column(x), rate: CountRate(link), into: found.baseAddress!)
      #expect(abs(total() - 1) < 1e-10, "poisson, \(link)")
      NegativeBinomialLikelihood.logProbabilities(
        output: outputs, x: column(x), logDispersion: floats([logDispersion]), rate: CountRate(link),
        into: found.baseAddress!)
      // The tail of a small dispersion ends far behind 60 000, where a part of e^-(60 000 t/r) is left.
      let rest = exp(-60_000 * exp(logDispersion) / (link == .exp ? exp(output) : max(output, 1)))
      #expect(abs(total() - 1) < 1e-9 + rest, "negative binomial, \(link)")
    }
  }

  @Test("A large dispersion leaves Poisson's counts")
  func poissonLimit() {
    let x = [0.0, 1, 5, 40, 1000]
    let (found, poisson) = (doubles(5), doubles(5))
    for output in [-12.0, 0, 3, 6] {
      NegativeBinomialLikelihood.logProbabilities(
        output: column(x.map { _ in output }), x: column(x), logDispersion: floats([15]), rate: CountRate(.exp),
        into: found.baseAddress!)
      PoissonLikelihood.logProbabilities(
        output: column(x.map { _ in output }), x: column(x), rate: CountRate(.exp), into: poisson.baseAddress!)
      // They differ by about (x - r)²/2t, and t is 3e6.
      for i in x.indices {
        let difference = pow(x[i] - exp(output), 2) + x[i] + exp(output)
        #expect(abs(found[i] - poisson[i]) <= difference / 3e6, "output \(output), x \(x[i])")
      }
    }
  }

  @Test("Outputs of ±1e4 stay finite, and their gradients lead back", arguments: [CountRate.Link.softplus, .exp])
  func extremeOutputs(link: CountRate.Link) {
    for isPerTotal in [false, true] {
      let rate = CountRate(link, isPerTotal: isPerTotal)
      let (outputs, x) = ([[1e4, -1e4, 1e4, -1e4]], [[0.0, 0, 3, 3]])
      for kernel in [0, 1] {
        let output = GuardedMatrix(outputs)
        let found = doubles(1)
        let total: Double
        let gradient = floats([0, 0, 0, 0])
        if kernel == 0 {
          PoissonLikelihood.logProbabilities(
            output: output.view, x: GuardedMatrix(x).view, rate: rate, into: found.baseAddress!)
          total = PoissonLikelihood.lossGradient(output: output.view, x: GuardedMatrix(x).view, rate: rate, weight: 1)
        } else {
          NegativeBinomialLikelihood.logProbabilities(
            output: output.view, x: GuardedMatrix(x).view, logDispersion: floats([0, 0, 0, 0]), rate: rate,
            into: found.baseAddress!)
          total = NegativeBinomialLikelihood.lossGradient(
            output: output.view, x: GuardedMatrix(x).view, logDispersion: floats([0, 0, 0, 0]), rate: rate, weight: 1,
            addingTo: gradient)
        }
        #expect(total.isFinite && abs(found[0] - total) <= 1e-9 * abs(total))
        let slopes = output.values[0]
        #expect(slopes.allSatisfy { $0.isFinite } && (0..<4).allSatisfy { gradient[$0].isFinite })
        #expect(slopes[0] > 0 && slopes[2] > 0 && slopes[3] < 0 && abs(slopes[1]) < 1e-30, "\(slopes)")
      }
    }
  }

  @Test("An output that is not a number shows in the result", arguments: LikelihoodPair.further, [0, 7, 8])
  func notANumber(_ pair: LikelihoodPair, place: Int) {
    var outputs = randomTable(1, 9, seed: 1)
    outputs[0][place] = .nan
    let found = doubles(1)
    let x = GuardedMatrix([pair.observation(9, 0)]).view
    pair.logProbabilities(GuardedMatrix(outputs).view, x, found.baseAddress!)
    #expect(found[0].isNaN && pair.lossGradient(GuardedMatrix(outputs).view, x, 1).isNaN)
  }

  @Test("A row without any count says nothing where rates are per total", arguments: [CountRate.Link.softplus, .exp])
  func emptyRow(link: CountRate.Link) {
    let rate = CountRate(link, isPerTotal: true)
    let (output, x) = (GuardedMatrix([[1, 2, 3]]), GuardedMatrix([[0, 0, 0]]))
    #expect(PoissonLikelihood.lossGradient(output: output.view, x: x.view, rate: rate, weight: 1) == 0)
    #expect(output.values == [[0, 0, 0]])
    let negativeBinomial = GuardedMatrix([[1, 2, 3]])
    let total = NegativeBinomialLikelihood.lossGradient(
      output: negativeBinomial.view, x: x.view, logDispersion: floats([0, 1, 2]), rate: rate, weight: 1,
      addingTo: floats([0, 0, 0]))
    #expect(total == 0 && negativeBinomial.values == [[0, 0, 0]])
  }

  @Test("Means of counts are rates", arguments: [CountRate.Link.softplus, .exp])
  func means(link: CountRate.Link) {
    let outputs = randomTable(3, 17, -20...20, seed: 1)
    let found = GuardedMatrix(outputs, gap: 3)
    CountRate(link, isPerTotal: true).means(found.view)
    expectClose(found, outputs.map { $0.map { link == .exp ? exp($0) : log1p(exp($0)) } }, tolerance: 1e-7)
  }
}
