import KernelTwins
import Kernels

extension LikelihoodPair {
  static let further =
    [laplace, valueGaussian] + counts(CountRate(.softplus)) + counts(CountRate(.exp))
    + counts(CountRate(.softplus, isPerTotal: true)) + counts(CountRate(.exp, isPerTotal: true))

  private static let laplace = LikelihoodPair(
    testDescription: "laplace",
    logProbabilities: { LaplaceLikelihood.logProbabilities(means: $0, x: $1, logScale: -0.5, into: $2) },
    lossGradient: { LaplaceLikelihood.lossGradient(means: $0, x: $1, logScale: -0.5, weight: $2).logProbability },
    twin: { LikelihoodTwin.laplace(means: $0, x: $1, logScale: -0.5) },
    observation: gaussian.observation)

  private static let valueGaussian = LikelihoodPair(
    testDescription: "gaussian, a scale per value",
    logProbabilities: {
      ValueGaussianLikelihood.logProbabilities(means: $0, x: $1, logVariance: parameters($0.columns).floats, into: $2)
    },
    lossGradient: {
      ValueGaussianLikelihood.lossGradient(
        means: $0, x: $1, logVariance: parameters($0.columns).floats, weight: $2,
        addingTo: floats([Double](repeating: 0, count: $0.columns)))
    },
    twin: { LikelihoodTwin.gaussian(means: $0, x: $1, logVariances: parameters($0.count).doubles) },
    observation: gaussian.observation)

  private static func counts(_ rate: CountRate) -> [LikelihoodPair] {
    let link = "\(rate.link)\(rate.isPerTotal ? " per total" : "")"
    // Mostly small, some large, at times none at all.
    let observation: @Sendable (Int, UInt64) -> [Double] = { count, seed in
      randomTable(1, count, 0...3, seed: seed)[0].map { ($0 * $0 * $0 * $0).rounded(.down) }
    }
    return [
      LikelihoodPair(
        testDescription: "poisson, \(link)",
        logProbabilities: { PoissonLikelihood.logProbabilities(output: $0, x: $1, rate: rate, into: $2) },
        lossGradient: { PoissonLikelihood.lossGradient(output: $0, x: $1, rate: rate, weight: $2) },
        twin: { LikelihoodTwin.poisson(output: $0, x: $1, rate: rate) }, observation: observation),
      LikelihoodPair(
        testDescription: "negative binomial, \(link)",
        logProbabilities: {
          NegativeBinomialLikelihood.logProbabilities(
            output: $0, x: $1, logDispersion: parameters($0.columns).floats, rate: rate, into: $2)
        },
        lossGradient: {
          NegativeBinomialLikelihood.lossGradient(
            output: $0, x: $1, logDispersion: parameters($0.columns).floats, rate: rate, weight: $2,
            addingTo: floats([Double](repeating: 0, count: $0.columns)))
        },
        twin: {
          LikelihoodTwin.negativeBinomial(
            output: $0, x: $1, logDispersions: parameters($0.count).doubles, rate: rate)
        }, observation: observation),
    ]
  }

  /// A learned number for each value.
  private static func parameters(_ count: Int) -> (doubles: [Double], floats: UnsafeMutablePointer<Float>) {
    let values = randomTable(1, count, -1...2, seed: 77)[0]
    return (values, floats(values))
  }
}
