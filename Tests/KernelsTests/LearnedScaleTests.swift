import Foundation
import KernelTwins
import Kernels
import Testing

/// What likelihoods learn besides a decoder: gradients, and where they end.
struct LearnedScaleTests {
  /// More than one block of rows, more than eight columns.
  private static let (rows, columns) = (70, 11)

  /// Each kernel, and its twin for all rows, as functions of what is learned for each value.
  private struct Learned: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let x: Table
    let gradient:
      @Sendable (_ output: Matrix, _ x: Matrix, _ parameters: [Double], _ into: UnsafeMutablePointer<Float>) -> Void
    let twin: @Sendable (_ output: [Double], _ x: [Double], _ parameters: [Double]) -> Double
  }

  private static let perValue = [
    Learned(
      testDescription: "gaussian", x: randomTable(rows, columns, -3...3, seed: 2),
      gradient: {
        _ = ValueGaussianLikelihood.lossGradient(means: $0, x: $1, logVariance: floats($2), weight: 0.25, addingTo: $3)
      }, twin: { LikelihoodTwin.gaussian(means: $0, x: $1, logVariances: $2) }),
    Learned(
      testDescription: "negative binomial",
      x: randomTable(rows, columns, 0...3, seed: 2).map { $0.map { ($0 * $0 * $0).rounded(.down) } },
      gradient: {
        _ = NegativeBinomialLikelihood.lossGradient(
          output: $0, x: $1, logDispersion: floats($2), rate: CountRate(.exp), weight: 0.25, addingTo: $3)
      }, twin: { LikelihoodTwin.negativeBinomial(output: $0, x: $1, logDispersions: $2, rate: CountRate(.exp)) }),
  ]

  @Test("The gradient of what is learned for each value is added to what is there", arguments: 0..<2, [-3.0, 0, 2, 6])
  func gradients(kind: Int, around centre: Double) {
    let (learned, outputs) = (Self.perValue[kind], randomTable(Self.rows, Self.columns, -2...2, seed: 1))
    let parameters = randomTable(1, Self.columns, centre - 1...centre + 1, seed: 3)[0]
    let gradient = floats([Double](repeating: 1000, count: Self.columns))
    learned.gradient(GuardedMatrix(outputs, gap: 2).view, GuardedMatrix(learned.x).view, parameters, gradient)
    // 1000 and rounding to 24 bits beside it leave 6e-5.
    let found = (0..<Self.columns).map { Double(gradient[$0]) - 1000 }
    expectGradient(
      found, of: { point in -0.25 * zip(outputs, learned.x).reduce(0) { $0 + learned.twin($1.0, $1.1, point) } },
      at: parameters, seed: 4, tolerance: 3e-4)
  }

  @Test("The learned scale of Laplace: value and gradient", arguments: [-8, -0.5, 0, 3])
  func laplaceScale(logScale: Double) {
    let (means, x) = (randomTable(3, 17, -3...3, seed: 1), randomTable(3, 17, -3...3, seed: 2))
    func twin(_ s: Double) -> Double {
      zip(means, x).reduce(0) { $0 + LikelihoodTwin.laplace(means: $1.0, x: $1.1, logScale: s) }
    }
    let found = LaplaceLikelihood.lossGradient(
      means: GuardedMatrix(means).view, x: GuardedMatrix(x).view, logScale: Float(logScale), weight: 0.25)
    expectClose([found.logProbability], [twin(logScale)], tolerance: 1e-6)
    expectGradient([found.logScaleGradient], of: { -0.25 * twin($0[0]) }, at: [logScale], seed: 1, tolerance: 2e-6)
  }

  @Test("Below its floor a Laplace scale counts as the floor, and gradients lead back")
  func smallestLaplaceScale() {
    let floor = LaplaceLikelihood.smallestLogScale
    for logScale in [floor - 1, -300] {
      let hit = LaplaceLikelihood.lossGradient(
        means: GuardedMatrix([[0.5, 0.5]]).view, x: GuardedMatrix([[0.5, 0.5]]).view, logScale: logScale, weight: 1)
      #expect(
        hit.logScaleGradient == 2 * Double(1 + logScale - floor) && abs(hit.logProbability - 2 * (15 - log(2))) < 1e-9)
      let missed = LaplaceLikelihood.lossGradient(
        means: GuardedMatrix([[0.5, 0.5]]).view, x: GuardedMatrix([[0.5, 0.6]]).view, logScale: logScale, weight: 1)
      #expect(missed.logScaleGradient < -1e4, "what is missed raises the scale again")
    }
  }

  @Test("Below their floor variances of values count as the floor, and gradients lead back")
  func smallestVariances() {
    let floor = ValueGaussianLikelihood.smallestLogVariance
    let (means, x) = ([[0.5, 0.5, 0.5]], [[0.5, 0.5, 1]])
    let (gradient, rows) = (floats([0, 0, 0]), doubles(1))
    let logVariance = floats([Double(floor) - 1, -1e4, -1e4])
    let output = GuardedMatrix(means)
    let total = ValueGaussianLikelihood.lossGradient(
      means: output.view, x: GuardedMatrix(x).view, logVariance: logVariance, weight: 1, addingTo: gradient)
    #expect(
      abs(gradient[0]) < 1e-6 && gradient[1] < 0 && gradient[2] < -1e4, "what is missed raises its variance again")
    #expect(output.values[0][0] == 0 && abs(output.values[0][2] + 0.5e6) < 100)
    let expected = LikelihoodTwin.gaussian(
      means: means[0], x: x[0], logVariances: [Double](repeating: Double(floor), count: 3))
    ValueGaussianLikelihood.logProbabilities(
      means: GuardedMatrix(means).view, x: GuardedMatrix(x).view, logVariance: logVariance, into: rows.baseAddress!)
    expectClose([total, rows[0]], [expected, expected], tolerance: 1e-9)
  }

  @Test("Outside their range dispersions count as its end, and gradients lead back")
  func dispersionRange() {
    let range = NegativeBinomialLikelihood.logDispersionRange
    func gradient(_ x: [Double], _ logDispersion: Float) -> (value: Float, total: Double) {
      let gradient = floats([0])
      let total = NegativeBinomialLikelihood.lossGradient(
        output: GuardedMatrix(x.map { _ in [2.0] }).view, x: GuardedMatrix(x.map { [$0] }).view,
        logDispersion: floats([Double(logDispersion)]), rate: CountRate(.softplus), weight: 1, addingTo: gradient)
      return (gradient[0], total)
    }
    let (constant, wild) = ([2.0, 2, 2, 2], [0.0, 0, 0, 900])
    #expect(gradient(constant, 3).value < 0, "a constant column wants a larger dispersion")
    #expect(gradient(constant, range.upperBound + 1).value > 0)
    #expect(gradient(constant, 1e4).total == gradient(constant, range.upperBound).total)
    #expect(gradient(wild, 1e4).value > 0, "and counts that vary lead back")
    #expect(gradient([0, 0, 0], range.lowerBound - 1).value <= 0 && gradient(wild, -1e4).total.isFinite)
  }

  /// A row that is hit and a row that is missed: what one rank sums must be what two ranks sum.
  @Test("Outside their range, too, gradients of what is learned are sums over rows")
  func sums() {
    let (means, x) = ([[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.500_001]])
    func expectSum(_ gradient: (_ means: Table, _ x: Table) -> Double) {
      let (whole, parts) = (gradient(means, x), zip(means, x).map { gradient([$0], [$1]) })
      #expect(parts[0] * parts[1] < 0, "one row would lower the scale and one raise it")
      expectClose([whole], [parts[0] + parts[1]], tolerance: 1e-6)
    }
    expectSum {
      GaussianLikelihood.lossGradient(
        means: GuardedMatrix($0).view, x: GuardedMatrix($1).view,
        logVariance: GaussianLikelihood.smallestLogVariance - 0.5, weight: 1
      ).logVarianceGradient
    }
    expectSum {
      LaplaceLikelihood.lossGradient(
        means: GuardedMatrix($0).view, x: GuardedMatrix($1).view, logScale: LaplaceLikelihood.smallestLogScale - 0.5,
        weight: 1
      ).logScaleGradient
    }
    expectSum { means, x in
      let gradient = floats([0, 0])
      _ = ValueGaussianLikelihood.lossGradient(
        means: GuardedMatrix(means).view, x: GuardedMatrix(x.map { $0.map { ($0 - 0.5) * 1e4 + 0.5 } }).view,
        logVariance: floats([-1, -1].map { Double(ValueGaussianLikelihood.smallestLogVariance) + 0.5 * $0 }), weight: 1,
        addingTo: gradient)
      return Double(gradient[1])
    }
    expectSum { _, x in
      let gradient = floats([0])
      _ = NegativeBinomialLikelihood.lossGradient(
        output: GuardedMatrix(x.map { _ in [10000] }).view,
        x: GuardedMatrix(x.map { [$0[1] == 0.5 ? 10000 : 11000] }).view,
        logDispersion: floats([Double(NegativeBinomialLikelihood.logDispersionRange.upperBound) + 1e-4]),
        rate: CountRate(.softplus), weight: 1, addingTo: gradient)
      return Double(gradient[0])
    }
  }
}
