internal import Foundation
package import Kernels

/// log p of one row in nats, in double precision.
extension LikelihoodTwin {
  package static func laplace(means: [Double], x: [Double], logScale: Double) -> Double {
    zip(means, x).reduce(0) { $0 - abs($1.0 - $1.1) * exp(-logScale) - logScale - log(2) }
  }

  package static func gaussian(means: [Double], x: [Double], logVariances: [Double]) -> Double {
    x.indices.reduce(0) { $0 + gaussian(means: [means[$1]], x: [x[$1]], logVariance: logVariances[$1]) }
  }

  package static func poisson(output: [Double], x: [Double], rate: CountRate) -> Double {
    zip(rates(output, x, rate), x).reduce(0) { $0 + $1.1 * log($1.0) - $1.0 - lgamma($1.1 + 1) }
  }

  package static func negativeBinomial(
    output: [Double], x: [Double], logDispersions: [Double], rate: CountRate
  ) -> Double {
    let rates = rates(output, x, rate)
    return x.indices.reduce(0) {
      $0 + Twin.negativeBinomial(x[$1], rate: rates[$1], dispersion: exp(logDispersions[$1]))
    }
  }

  /// Rates of counts, times the row's total if they are per total.
  private static func rates(_ output: [Double], _ x: [Double], _ rate: CountRate) -> [Double] {
    let factor = rate.isPerTotal ? x.reduce(0, +) : 1
    return output.map { factor * (rate.link == .exp ? exp($0) : max($0, 0) + log1p(exp(-abs($0)))) }
  }
}

extension Twin {
  fileprivate static func negativeBinomial(_ x: Double, rate r: Double, dispersion t: Double) -> Double {
    lgamma(x + t) - lgamma(t) - lgamma(x + 1) - t * log1p(r / t) + x * log(r / (t + r))
  }

  /// A likelihood of independent values, written for one of them.
  package struct ValueLikelihood {
    package typealias Function = (_ output: Double, _ x: Double, _ column: Int) -> Double

    let logProbability: Function
    /// d log p / d output.
    let slope: Function

    package func logProbabilities(_ output: Matrix, _ x: Matrix, into rows: UnsafeMutablePointer<Double>) {
      for r in 0..<output.rows {
        rows[r] = 0
        for i in 0..<output.columns { rows[r] += logProbability(Double(output[r, i]), Double(x[r, i]), i) }
      }
    }

    package func lossGradient(_ output: Matrix, _ x: Matrix, weight: Float) -> Double {
      var total = 0.0
      for r in 0..<output.rows {
        for i in 0..<output.columns {
          let (o, x) = (Double(output[r, i]), Double(x[r, i]))
          total += logProbability(o, x, i)
          output[r, i] = Float(-slope(o, x, i)) * weight
        }
      }
      return total
    }
  }

  package static func laplace(logScale: Double) -> ValueLikelihood {
    ValueLikelihood(
      logProbability: { o, x, _ in LikelihoodTwin.laplace(means: [o], x: [x], logScale: logScale) },
      slope: { o, x, _ in (x > o ? 1 : x < o ? -1 : 0) * exp(-logScale) })
  }

  package static func gaussian(logVariances: [Double]) -> ValueLikelihood {
    ValueLikelihood(
      logProbability: { o, x, i in LikelihoodTwin.gaussian(means: [o], x: [x], logVariance: logVariances[i]) },
      slope: { o, x, i in (x - o) * exp(-logVariances[i]) })
  }

  /// With softplus rates.
  package static var poisson: ValueLikelihood {
    ValueLikelihood(
      logProbability: { o, x, _ in x * log(rate(o)) - rate(o) - lgamma(x + 1) },
      slope: { o, x, _ in (x / rate(o) - 1) / (1 + exp(-o)) })
  }

  /// With softplus rates.
  package static func negativeBinomial(logDispersions: [Double]) -> ValueLikelihood {
    ValueLikelihood(
      logProbability: { o, x, i in negativeBinomial(x, rate: rate(o), dispersion: exp(logDispersions[i])) },
      slope: { o, x, i in
        let (r, t) = (rate(o), exp(logDispersions[i]))
        return (x / r - (x + t) / (r + t)) / (1 + exp(-o))
      })
  }

  private static func rate(_ output: Double) -> Double { log1p(exp(output)) }
}
