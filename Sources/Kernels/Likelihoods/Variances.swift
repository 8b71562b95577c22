internal import Glibc

// Variances of single values, given the means of their distributions: one for each of `means`, `[R, D]`, into a matrix
// of the same shape.

extension BernoulliLikelihood {
  /// p (1 - p), of zeros and ones of probability p; of a class the same.
  package static func variances(means: Matrix, into variances: Matrix) {
    for r in 0..<means.rows {
      let (p, variance) = (means.row(r), variances.row(r))
      for i in 0..<means.columns { variance[i] = p[i] * (1 - p[i]) }
    }
  }
}

extension GaussianLikelihood {
  /// e^s, however small s.
  package static func variance(logVariance: Float) -> Float { expf(max(logVariance, smallestLogVariance)) }
}

extension ValueGaussianLikelihood {
  /// e^s of each value.
  /// - Parameter logVariance: D floats.
  package static func variances(logVariance: UnsafePointer<Float>, into variances: Matrix) {
    for r in 0..<variances.rows {
      let variance = variances.row(r)
      for i in 0..<variances.columns { variance[i] = expf(max(logVariance[i], smallestLogVariance)) }
    }
  }
}

extension LaplaceLikelihood {
  /// 2 b².
  package static func variance(logScale: Float) -> Float { 2 * expf(2 * max(logScale, smallestLogScale)) }
}

extension NegativeBinomialLikelihood {
  /// r + r²/t.
  /// - Parameter logDispersion: D floats.
  package static func variances(rates: Matrix, logDispersion: UnsafePointer<Float>, into variances: Matrix) {
    for r in 0..<rates.rows {
      let (rate, variance) = (rates.row(r), variances.row(r))
      for i in 0..<rates.columns {
        let x = Double(rate[i])
        variance[i] = Float(x + x * x / dispersion(logDispersion[i]))
      }
    }
  }
}
