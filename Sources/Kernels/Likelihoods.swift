// R rows, D values of a row. `x` may repeat one row (stride 0): one observation against many decodings.

/// Values that are added in single precision before their sum goes on in double precision. Each of the eight lanes
/// rounds 512 times: 1e-7 of a sum, 1e-5 where all values are alike, however long the row is.
private let valuesPerSum = 1 << 12

/// A sum over the values of a row, in lanes and always in the same order.
@inline(__always)
private func sumOverRow(_ count: Int, whole: (Int) -> Lanes, rest: (Int, Int) -> Lanes) -> Double {
  var (total, lanes) = (0.0, Lanes())
  forEachLaneGroup(count) { i in
    lanes += whole(i)
    if (i &+ laneCount) & (valuesPerSum - 1) == 0 {
      total += Double(lanes.sum())
      lanes = Lanes()
    }
  } rest: { i, n in
    lanes += rest(i, n)
  }
  return total + Double(lanes.sum())
}

/// Bernoulli observations given logits: `log p(x|l) = Σ x l - softplus(l)`; soft targets in [0, 1] are allowed.
package enum BernoulliLikelihood {
  /// - Parameters: logits and x `[R, D]`; rows, R doubles, overwritten with nats.
  package static func logProbabilities(logits: Matrix, x: Matrix, into rows: UnsafeMutablePointer<Double>) {
    for r in 0..<logits.rows {
      rows[r] = logProbability(UnsafePointer(logits.row(r)), UnsafePointer(x.row(r)), count: logits.columns)
    }
  }

  /// `Σ x l - max(l, 0) - log(1 + e^-|l|)`. The logarithms are those of products: a factor lies in [1, 2], so that a
  /// hundred of them fit a float, and one logarithm stands for all.
  ///
  /// Adding 1 and multiplying round two hundred times a lane and chunk, each time by at most 2^-24: up to 1.2e-5 nats in
  /// each of the chunk's eight lanes (7e-6 is the most that was found), however large the sum is.
  private static func logProbability(_ l: UnsafePointer<Float>, _ x: UnsafePointer<Float>, count: Int) -> Double {
    let factorsPerLogarithm = 100 * laneCount
    var total = 0.0
    for start in stride(from: 0, to: count, by: factorsPerLogarithm) {
      let end = min(start + factorsPerLogarithm, count)
      var (sum, product) = (Lanes(), Lanes(repeating: 1))
      for i in stride(from: start, to: end, by: laneCount) {
        // A logit of -1e30 and a target of 0 add exactly nothing.
        let isWhole = i + laneCount <= end
        let logit = isWhole ? (l + i).lanes : (l + i).partialLanes(end - i, filler: -1e30)
        let x = isWhole ? (x + i).lanes : (x + i).partialLanes(end - i)
        product *= VectorMath.expNonPositive(VectorMath.magnitudeNegated(logit)) + 1
        sum += x * logit - logit.replacing(with: 0, where: logit .< 0)
      }
      total += Double(sum.sum()) - Double(VectorMath.log(product).sum())
    }
    return total
  }

  /// Turns logits into dL/dlogits for `L = -weight · log p`, in place.
  /// - Returns: log p summed over rows, in nats.
  package static func lossGradient(logits: Matrix, x: Matrix, weight: Float) -> Double {
    var total = 0.0
    for r in 0..<logits.rows {
      let (l, t) = (logits.row(r), UnsafePointer(x.row(r)))
      total += sumOverRow(logits.columns) { i in
        step((l + i).lanes, (t + i).lanes, weight) { (l + i).lanes = $0 }
      } rest: { i, n in
        step((l + i).partialLanes(n, filler: -1e30), (t + i).partialLanes(n), weight) { (l + i).store($0, first: n) }
      }
    }
    return total
  }

  @inline(__always)
  private static func step(_ logit: Lanes, _ x: Lanes, _ weight: Float, store: (Lanes) -> Void) -> Lanes {
    let (sigmoid, softplus) = VectorMath.sigmoidAndSoftplus(logit)
    store((sigmoid - x) * weight)
    return x * logit - softplus
  }

  /// Means, `sigmoid(logits)`, in place.
  package static func means(_ logits: Matrix) {
    for r in 0..<logits.rows {
      mapLanes(logits.row(r), into: logits.row(r), count: logits.columns, VectorMath.sigmoid)
    }
  }
}

/// One-hot observations given logits: `log p(x|l) = Σ x (l - logsumexp(l))`.
package enum CategoricalLikelihood {
  /// - Parameters: logits and x `[R, D]`; rows, R doubles, overwritten with nats.
  package static func logProbabilities(logits: Matrix, x: Matrix, into rows: UnsafeMutablePointer<Double>) {
    for r in 0..<logits.rows { rows[r] = logProbability(logits.row(r), x.row(r), count: logits.columns) }
  }

  /// Turns logits into dL/dlogits for `L = -weight · log p`, in place.
  /// - Returns: log p summed over rows, in nats.
  package static func lossGradient(logits: Matrix, x: Matrix, weight: Float) -> Double {
    var total = 0.0
    for r in 0..<logits.rows {
      let (l, t) = (logits.row(r), x.row(r))
      total += logProbability(l, t, count: logits.columns)
      softmax(l, count: logits.columns)
      for i in 0..<logits.columns { l[i] = (l[i] - t[i]) * weight }
    }
    return total
  }

  /// Probabilities, `softmax(logits)`, in place.
  package static func means(_ logits: Matrix) {
    for r in 0..<logits.rows { softmax(logits.row(r), count: logits.columns) }
  }

  private static func logProbability(
    _ l: UnsafePointer<Float>, _ x: UnsafePointer<Float>, count: Int
  ) -> Double {
    let (peak, sum) = peakAndSum(l, count: count)
    let logSum = ElementaryFunctions.log(sum)
    var total: Float = 0
    // Not l - (peak + logSum): next to a large peak the logarithm would lose its digits.
    for i in 0..<count where x[i] != 0 { total += x[i] * (l[i] - peak - logSum) }
    return Double(total)
  }

  private static func softmax(_ l: UnsafeMutablePointer<Float>, count: Int) {
    let (peak, sum) = peakAndSum(l, count: count)
    let factor = 1 / sum
    mapLanes(l, into: l, count: count) { VectorMath.exp($0 - peak) * factor }
  }

  /// The largest logit, and the sum of exp(logit - largest).
  private static func peakAndSum(_ l: UnsafePointer<Float>, count: Int) -> (peak: Float, sum: Float) {
    var peak = l[0]
    for i in 1..<max(count, 1) { peak = max(peak, l[i]) }
    let sum = sumOverRow(count) { i in
      VectorMath.exp((l + i).lanes - peak)
    } rest: { i, n in
      VectorMath.exp((l + i).partialLanes(n, filler: -.infinity) - peak)
    }
    return (peak, Float(sum))
  }
}

/// Real observations given means and one log-variance s: `log p(x|m) = -½ Σ (x - m)² e^-s + s + log 2π`.
///
/// Below `smallestLogVariance` s counts as that: data that the means hit exactly would otherwise let it fall for ever.
/// The gradient is that of the floor then, and each value pulls s back by half of what it lies below: s comes to rest at
/// most 1 below the floor. Cutting the gradient off would not do, because what is cut from a sum over the rows of one
/// rank is not what is cut from a sum over all rows.
package enum GaussianLikelihood {
  package static let smallestLogVariance: Float = -30
  private static let logTwoPi = 1.837_877_066_409_345_5

  /// - Parameters: means and x `[R, D]`; rows, R doubles, overwritten with nats.
  package static func logProbabilities(
    means: Matrix, x: Matrix, logVariance: Float, into rows: UnsafeMutablePointer<Double>
  ) {
    let logVariance = max(logVariance, smallestLogVariance)
    let precision = DoubleFunctions.exp(-Double(logVariance))
    for r in 0..<means.rows {
      let squares = squaredDistance(means.row(r), x.row(r), count: means.columns)
      rows[r] = -0.5 * (squares * precision + Double(means.columns) * (Double(logVariance) + logTwoPi))
    }
  }

  /// Turns means into dL/dmeans for `L = -weight · log p`, in place.
  /// - Returns: log p summed over rows, in nats, and dL/ds, which below `smallestLogVariance` is a sum over rows, too.
  package static func lossGradient(
    means: Matrix, x: Matrix, logVariance: Float, weight: Float
  ) -> (logProbability: Double, logVarianceGradient: Double) {
    let below = Double(min(logVariance - smallestLogVariance, 0))
    let logVariance = max(logVariance, smallestLogVariance)
    let precision = DoubleFunctions.exp(-Double(logVariance))
    let slope = Float(precision) * weight
    var squares = 0.0
    for r in 0..<means.rows {
      let (m, t) = (means.row(r), x.row(r))
      squares += squaredDistance(m, t, count: means.columns)
      for i in 0..<means.columns { m[i] = (m[i] - t[i]) * slope }
    }
    let scaled = squares * precision
    let count = Double(means.count)
    return (
      -0.5 * (scaled + count * (Double(logVariance) + logTwoPi)),
      0.5 * Double(weight) * (count * (1 + below) - scaled)
    )
  }

  /// In double precision, because the rest of log p may cancel most of it.
  private static func squaredDistance(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int
  ) -> Double {
    var sum = DoubleLanes()
    forEachLaneGroup(count) { i, width in
      let d = DoubleLanes((a + i).lanes(width: width)) - DoubleLanes((b + i).lanes(width: width))
      sum += d * d
    }
    return sum.sum()
  }
}
