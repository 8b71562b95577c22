internal import Configuration
package import Kernels

/// What is known of a value given the latent, besides its mean. Counts are those of a total of 1 where `exposure: total`
/// makes them so.
extension Likelihood {
  /// - Parameters: means as `means(_:)` gives them, and variances, overwritten; both `[R, values]`. Those of a class are
  ///   of its one-hot values.
  package func variances(means: Matrix, into variances: Matrix) {
    switch kind {
    case .bernoulli, .categorical: BernoulliLikelihood.variances(means: means, into: variances)
    case .gaussian where scale == .perValue:
      ValueGaussianLikelihood.variances(logVariance: perValue, into: variances)
    case .gaussian: variances.fill(GaussianLikelihood.variance(logVariance: logVariance))
    case .laplace: variances.fill(LaplaceLikelihood.variance(logScale: logScale))
    case .poisson: variances.copy(from: means, keeping: nil)
    case .negativeBinomial:
      NegativeBinomialLikelihood.variances(rates: means, logDispersion: perValue, into: variances)
    }
  }

  /// Draws one observation; classes one-hot.
  /// - Parameters: means `[1, values]`, as `means(_:)` gives them; values, as many, overwritten.
  package func draw(means: Matrix, into values: UnsafeMutablePointer<Float>, _ random: inout RandomSequence) {
    let (means, count) = (UnsafePointer(means.row(0)), means.columns)
    guard kind != .categorical else {
      let index = CategoricalLikelihood.draw(probabilities: means, count: count, &random)
      for i in 0..<count { values[i] = i == index ? 1 : 0 }
      return
    }
    let deviation = kind == .gaussian && scale != .perValue ? Self.deviation(logVariance) : 0
    for i in 0..<count {
      let mean = Double(means[i])
      switch kind {
      case .gaussian where scale == .perValue:
        let logVariance = max(perValue[i], ValueGaussianLikelihood.smallestLogVariance)
        values[i] = Float(mean + random.normal() * Self.deviation(logVariance))
      case .gaussian: values[i] = Float(mean + random.normal() * deviation)
      case .laplace: values[i] = Float(mean + LaplaceLikelihood.draw(logScale: logScale, &random))
      case .poisson: values[i] = Float(PoissonLikelihood.draw(rate: mean, &random))
      case .negativeBinomial:
        values[i] = Float(NegativeBinomialLikelihood.draw(rate: mean, logDispersion: perValue[i], &random))
      case .bernoulli, .categorical: values[i] = Float(BernoulliLikelihood.draw(probability: mean, &random))
      }
    }
  }

  private static func deviation(_ logVariance: Float) -> Double {
    Double(GaussianLikelihood.variance(logVariance: logVariance)).squareRoot()
  }
}
