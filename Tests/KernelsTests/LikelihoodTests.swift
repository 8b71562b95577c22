import Foundation
import KernelTwins
import Kernels
import Testing

/// A likelihood's kernels, and the same in double precision for one row.
struct LikelihoodPair: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let logProbabilities: @Sendable (_ output: Matrix, _ x: Matrix, _ rows: UnsafeMutablePointer<Double>) -> Void
  let lossGradient: @Sendable (_ output: Matrix, _ x: Matrix, _ weight: Float) -> Double
  let twin: @Sendable (_ output: [Double], _ x: [Double]) -> Double
  /// What may be observed, for a row of so many values.
  let observation: @Sendable (_ count: Int, _ seed: UInt64) -> [Double]

  static let all = [bernoulli, categorical, gaussian] + further

  /// Targets are soft: anything in 0...1.
  static let bernoulli = LikelihoodPair(
    testDescription: "bernoulli",
    logProbabilities: { BernoulliLikelihood.logProbabilities(logits: $0, x: $1, into: $2) },
    lossGradient: { BernoulliLikelihood.lossGradient(logits: $0, x: $1, weight: $2) },
    twin: { LikelihoodTwin.bernoulli(logits: $0, x: $1) },
    observation: { randomTable(1, $0, 0...1, seed: $1)[0] })

  static let categorical = LikelihoodPair(
    testDescription: "categorical",
    logProbabilities: { CategoricalLikelihood.logProbabilities(logits: $0, x: $1, into: $2) },
    lossGradient: { CategoricalLikelihood.lossGradient(logits: $0, x: $1, weight: $2) },
    twin: { LikelihoodTwin.categorical(logits: $0, x: $1) },
    observation: { count, seed in (0..<count).map { $0 == Int(seed) % count ? 1 : 0 } })

  static let gaussian = LikelihoodPair(
    testDescription: "gaussian",
    logProbabilities: { GaussianLikelihood.logProbabilities(means: $0, x: $1, logVariance: -0.5, into: $2) },
    lossGradient: {
      GaussianLikelihood.lossGradient(means: $0, x: $1, logVariance: -0.5, weight: $2).logProbability
    },
    twin: { LikelihoodTwin.gaussian(means: $0, x: $1, logVariance: -0.5) },
    observation: { randomTable(1, $0, -3...3, seed: $1)[0] })
}

struct LikelihoodTests {
  private static let widths = awkwardSizes.dropFirst()
  /// Each of the row's values adds an error of about 1e-6, the size of its terms times a few roundings.
  private func tolerance(_ width: Int) -> Double { 1e-6 * Double(width) }

  @Test("Values and gradients", arguments: LikelihoodPair.all, widths)
  func valuesAndGradients(_ pair: LikelihoodPair, width: Int) {
    let outputs = randomTable(3, width, -5...5, seed: 1)
    let x = (0..<3).map { pair.observation(width, UInt64($0)) }
    let expected = zip(outputs, x).map(pair.twin)
    let found = doubles(3)
    let output = GuardedMatrix(outputs, gap: 3)
    pair.logProbabilities(output.view, GuardedMatrix(x, gap: 1).view, found.baseAddress!)
    #expect(output.values == outputs)
    expectClose(found, expected, tolerance: tolerance(width), "log p")

    let total = pair.lossGradient(output.view, GuardedMatrix(x, gap: 1).view, 0.25)
    expectClose([total], [expected.reduce(0, +)], tolerance: tolerance(width), "sum of log p")
    #expect(output.isIntact)
    for row in 0..<3 {
      // Gradients of counts per total are hundreds, which cancel in most directions.
      let largest = output.values[row].reduce(1) { max($0, abs($1)) }
      expectGradient(
        output.values[row], of: { -0.25 * pair.twin($0, x[row]) }, at: outputs[row], seed: UInt64(row),
        tolerance: max(1e-6, 1e-7 * largest))
    }
  }

  @Test("One observation against many outputs, without copying it", arguments: LikelihoodPair.all)
  func repeatedObservation(_ pair: LikelihoodPair) {
    let outputs = randomTable(5, 9, -5...5, seed: 1)
    let x = pair.observation(9, 2)
    let found = doubles(5)
    pair.logProbabilities(
      GuardedMatrix(outputs).view, GuardedMatrix([x]).view.repeating(row: 0, count: 5), found.baseAddress!)
    expectClose(found, outputs.map { pair.twin($0, x) }, tolerance: tolerance(9))
  }

  @Test("No rows have no log-probability", arguments: LikelihoodPair.all)
  func noRows(_ pair: LikelihoodPair) {
    let (output, x) = (GuardedMatrix([], columns: 9), GuardedMatrix([], columns: 9))
    #expect(pair.lossGradient(output.view, x.view, 1) == 0)
    #expect(output.isIntact)
  }

  @Test(
    "Logits of ±1e4 stay finite and exact",
    arguments: [LikelihoodPair.bernoulli, .categorical], [[1e4, -1e4], [-1e4, 1e4], [1e4, 1e4], [-1e4, -1e4]])
  func extremeLogits(_ pair: LikelihoodPair, logits: [Double]) {
    for x in [[1.0, 0], [0, 1]] {
      let expected = pair.twin(logits, x)
      let output = GuardedMatrix([logits])
      let total = pair.lossGradient(output.view, GuardedMatrix([x]).view, 1)
      expectClose([total], [expected], tolerance: 1e-7, "log p")
      // Where the curvature has vanished, a step of 1 is as good as a small one.
      expectGradient(output.values[0], of: { -pair.twin($0, x) }, at: logits, seed: 1, tolerance: 1e-6, step: 1e-4)
    }
  }

  @Test("A logit that is not a number shows in the result", arguments: [LikelihoodPair.bernoulli, .categorical], 0..<9)
  func notANumber(_ pair: LikelihoodPair, place: Int) {
    var logits = randomTable(1, 9, seed: 1)
    logits[0][place] = .nan
    let found = doubles(1)
    pair.logProbabilities(GuardedMatrix(logits).view, GuardedMatrix([pair.observation(9, 0)]).view, found.baseAddress!)
    #expect(found[0].isNaN)
  }

  /// One short of a chunk of the Bernoulli likelihood, one chunk, one more than that, two and a rest, many and a rest.
  private static let chunkedWidths = [799, 800, 801, 1607, 12_288]

  /// Relative to the sum, to which every value adds about one nat: a lane's roundings in single precision.
  @Test("Bernoulli values of rows of several chunks", arguments: chunkedWidths)
  func bernoulliChunks(width: Int) {
    let logits = randomTable(2, width, -5...5, seed: 1)
    let x = (0..<2).map { LikelihoodPair.bernoulli.observation(width, UInt64($0)) }
    expectBernoulli(logits, x, tolerance: 3e-6)
  }

  @Test("Logits of 0, whose product is the largest there is, give log 2 for each value", arguments: chunkedWidths)
  func largestProduct(width: Int) {
    let x = LikelihoodPair.bernoulli.observation(width, 1)
    expectBernoulli(table(1, width) { _, _ in 0 }, [x], tolerance: 1e-6)
  }

  @Test("Logits of ±1e4 stay exact over several chunks", arguments: chunkedWidths)
  func extremeChunks(width: Int) {
    let logits = table(2, width) { row, i in (i + row).isMultiple(of: 3) ? 1e4 : -1e4 }
    expectBernoulli(logits, table(2, width) { Double(($1 / 2 + $0) % 2) }, tolerance: 1e-7)
  }

  @Test("A logit of a later chunk that is not a number shows in the result", arguments: [800, 1599, 1600, 1606])
  func notANumberLater(place: Int) {
    var logits = randomTable(1, 1607, seed: 1)
    logits[0][place] = .nan
    let found = doubles(1)
    BernoulliLikelihood.logProbabilities(
      logits: GuardedMatrix(logits).view, x: GuardedMatrix([LikelihoodPair.bernoulli.observation(1607, 0)]).view,
      into: found.baseAddress!)
    #expect(found[0].isNaN)
  }

  private func expectBernoulli(
    _ logits: Table, _ x: Table, tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = doubles(logits.count)
    BernoulliLikelihood.logProbabilities(
      logits: GuardedMatrix(logits, gap: 3).view, x: GuardedMatrix(x, gap: 1).view, into: found.baseAddress!)
    let expected = zip(logits, x).map { LikelihoodTwin.bernoulli(logits: $0, x: $1) }
    expectClose(found, expected, tolerance: tolerance, sourceLocation: sourceLocation)
  }

  @Test("The learned scale of a Gaussian: value and gradient", arguments: [-8, -0.5, 0, 3, 8])
  func learnedScale(logVariance: Double) {
    let (means, x) = (randomTable(3, 17, -3...3, seed: 1), randomTable(3, 17, -3...3, seed: 2))
    func twin(_ s: Double) -> Double {
      zip(means, x).reduce(0) { $0 + LikelihoodTwin.gaussian(means: $1.0, x: $1.1, logVariance: s) }
    }
    let output = GuardedMatrix(means)
    let found = GaussianLikelihood.lossGradient(
      means: output.view, x: GuardedMatrix(x).view, logVariance: Float(logVariance), weight: 0.25)
    expectClose([found.logProbability], [twin(logVariance)], tolerance: 1e-6)
    // Relative to terms of e^8 the differences' own error is 1e-10 · e^8.
    expectGradient(
      [found.logVarianceGradient], of: { -0.25 * twin($0[0]) }, at: [logVariance], seed: 1, tolerance: 2e-6)
    let expected = table(3, 17) { 0.25 * (means[$0][$1] - x[$0][$1]) * exp(-logVariance) }
    expectClose(output, expected, tolerance: 1e-6)
  }

  @Test("A learned scale has a floor: below it values are those of the floor, and gradients lead back")
  func smallestScale() {
    let floor = GaussianLikelihood.smallestLogVariance
    let means = [[0.5, 0.5, 0.25]]
    /// With `x` as it is observed: log p, its sum from the gradient's kernel, and dL/ds.
    func found(_ x: Table, _ logVariance: Float) -> (rows: Double, sum: Double, gradient: Double) {
      let rows = doubles(1)
      GaussianLikelihood.logProbabilities(
        means: GuardedMatrix(means).view, x: GuardedMatrix(x).view, logVariance: logVariance, into: rows.baseAddress!)
      let result = GaussianLikelihood.lossGradient(
        means: GuardedMatrix(means).view, x: GuardedMatrix(x).view, logVariance: logVariance, weight: 2)
      return (rows[0], result.logProbability, result.logVarianceGradient)
    }
    for logVariance: Float in [floor, -40, -200] {
      let exact = found(means, logVariance)
      let expected = LikelihoodTwin.gaussian(means: means[0], x: means[0], logVariance: Double(floor))
      expectClose([exact.rows, exact.sum], [expected, expected], tolerance: 1e-12, "s = \(logVariance)")
      #expect(exact.gradient == 3 * Double(1 + logVariance - floor), "three values, half the weight of 2 each")
      let missed = found([[0.5, 0.5, 0.5]], logVariance)
      let atFloor = found([[0.5, 0.5, 0.5]], floor)
      #expect(missed.rows == atFloor.rows && missed.sum == atFloor.sum)
      #expect(missed.gradient <= atFloor.gradient && atFloor.gradient < -1e10, "what is missed raises the scale again")
    }
  }

  /// 10⁶ equal values: the sum of each lane would round to the same side 130 000 times.
  @Test("Rows of a million values keep their sum")
  func longRows() {
    let width = 1 << 20
    let x = table(1, width) { _, _ in 0.1 }
    let (zeros, ones) = (table(1, width) { _, _ in 0 }, table(1, width) { _, _ in 1 })
    let rows = doubles(1)
    GaussianLikelihood.logProbabilities(
      means: GuardedMatrix(zeros).view, x: GuardedMatrix(x).view, logVariance: 0, into: rows.baseAddress!)
    let value = Double(Float(0.1))
    let gaussian = -0.5 * Double(width) * (value * value + 1.837_877_066_409_345_5)
    // A thousandth of this is the squares' sum, whose error is up to 1e-5 of itself.
    expectClose(rows, [gaussian], tolerance: 1e-7, "gaussian")
    let bernoulli = BernoulliLikelihood.lossGradient(
      logits: GuardedMatrix(ones).view, x: GuardedMatrix(x).view, weight: 1)
    expectClose([bernoulli], [Double(width) * (value - 1.313_261_687_518_222_8)], tolerance: 1e-5, "bernoulli")
  }

  @Test("Means are probabilities", arguments: widths)
  func means(width: Int) {
    let logits = randomTable(3, width, -20...20, seed: 1)
    let bernoulli = GuardedMatrix(logits, gap: 3)
    BernoulliLikelihood.means(bernoulli.view)
    expectClose(bernoulli, logits.map { $0.map { 1 / (1 + exp(-$0)) } }, tolerance: 3e-7)
    let categorical = GuardedMatrix(logits, gap: 3)
    CategoricalLikelihood.means(categorical.view)
    let expected = logits.map { row in
      let sum = row.reduce(0) { $0 + exp($1) }
      return row.map { exp($0) / sum }
    }
    expectClose(categorical, expected, tolerance: 1e-6)
  }
}
