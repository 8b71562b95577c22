internal import Foundation
package import Kernels

/// log p of one row in nats, in double precision.
package enum LikelihoodTwin {
  package static func bernoulli(logits: [Double], x: [Double]) -> Double {
    zip(logits, x).reduce(0) { $0 + $1.1 * $1.0 - max($1.0, 0) - log1p(exp(-abs($1.0))) }
  }

  package static func categorical(logits: [Double], x: [Double]) -> Double {
    let peak = logits.max() ?? 0
    let normalizer = peak + log(logits.reduce(0) { $0 + exp($1 - peak) })
    return zip(logits, x).reduce(0) { $0 + $1.1 * ($1.0 - normalizer) }
  }

  package static func gaussian(means: [Double], x: [Double], logVariance: Double) -> Double {
    zip(means, x).reduce(0) {
      $0 - 0.5 * (($1.0 - $1.1) * ($1.0 - $1.1) * exp(-logVariance) + logVariance + log(2 * .pi))
    }
  }
}

extension Twin {
  package static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
  package static func softplus(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }

  package enum Bernoulli {
    package static func logProbabilities(logits: Matrix, x: Matrix, into rows: UnsafeMutablePointer<Double>) {
      let count = logits.columns
      for r in 0..<logits.rows {
        let (l, x) = (logits.row(r), x.row(r))
        var sum: Float = 0
        for i in 0..<count { sum += x[i] * l[i] - softplus(l[i]) }
        rows[r] = Double(sum)
      }
    }

    package static func lossGradient(logits: Matrix, x: Matrix, weight: Float) -> Double {
      let count = logits.columns
      var total = 0.0
      for r in 0..<logits.rows {
        let (l, x) = (logits.row(r), x.row(r))
        for i in 0..<count {
          total += Double(x[i] * l[i] - softplus(l[i]))
          l[i] = (sigmoid(l[i]) - x[i]) * weight
        }
      }
      return total
    }

    package static func means(_ logits: Matrix) {
      let count = logits.columns
      for r in 0..<logits.rows {
        let l = logits.row(r)
        for i in 0..<count { l[i] = sigmoid(l[i]) }
      }
    }
  }

  package enum Categorical {
    package static func logProbabilities(logits: Matrix, x: Matrix, into rows: UnsafeMutablePointer<Double>) {
      for r in 0..<logits.rows { rows[r] = logProbability(logits.row(r), x.row(r), count: logits.columns) }
    }

    package static func lossGradient(logits: Matrix, x: Matrix, weight: Float) -> Double {
      let count = logits.columns
      var total = 0.0
      for r in 0..<logits.rows {
        let (l, x) = (logits.row(r), x.row(r))
        total += logProbability(l, x, count: count)
        softmax(l, count: count)
        for i in 0..<count { l[i] = (l[i] - x[i]) * weight }
      }
      return total
    }

    package static func means(_ logits: Matrix) {
      for r in 0..<logits.rows { softmax(logits.row(r), count: logits.columns) }
    }

    private static func peakAndSum(_ l: UnsafePointer<Float>, count: Int) -> (peak: Float, sum: Float) {
      var (peak, sum) = (l[0], Float(0))
      for i in 0..<count { peak = max(peak, l[i]) }
      for i in 0..<count { sum += exp(l[i] - peak) }
      return (peak, sum)
    }

    private static func logProbability(_ l: UnsafePointer<Float>, _ x: UnsafePointer<Float>, count: Int) -> Double {
      let (peak, sum) = peakAndSum(l, count: count)
      var total: Float = 0
      for i in 0..<count { total += x[i] * (l[i] - peak - log(sum)) }
      return Double(total)
    }

    private static func softmax(_ l: UnsafeMutablePointer<Float>, count: Int) {
      let (peak, sum) = peakAndSum(l, count: count)
      for i in 0..<count { l[i] = exp(l[i] - peak) / sum }
    }
  }

  package enum Gaussian {
    package static func logProbabilities(
      means: Matrix, x: Matrix, logVariance: Float, into rows: UnsafeMutablePointer<Double>
    ) {
      for r in 0..<means.rows {
        rows[r] = logProbability(means.row(r), x.row(r), logVariance, count: means.columns)
      }
    }

    package static func lossGradient(means: Matrix, x: Matrix, logVariance: Float, weight: Float) -> Double {
      let (count, precision) = (means.columns, exp(-logVariance))
      var total = 0.0
      for r in 0..<means.rows {
        let (m, x) = (means.row(r), x.row(r))
        total += logProbability(m, x, logVariance, count: count)
        for i in 0..<count { m[i] = (m[i] - x[i]) * precision * weight }
      }
      return total
    }

    private static func logProbability(
      _ m: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ logVariance: Float, count: Int
    ) -> Double {
      let precision = exp(-logVariance)
      var sum: Float = 0
      for i in 0..<count { sum += (x[i] - m[i]) * (x[i] - m[i]) * precision + logVariance + log(2 * .pi) }
      return Double(-0.5 * sum)
    }
  }
}
