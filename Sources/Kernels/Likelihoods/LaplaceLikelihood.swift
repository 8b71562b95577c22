/// Real observations given means and the logarithm of one scale b: `log p(x|m) = -Σ |x - m|/b + log 2b`.
///
/// Below `smallestLogScale` log b counts as that and is led back, as a Gaussian's log-variance is.
package enum LaplaceLikelihood {
  /// b = 3e-7, as small as the smallest standard deviation of a Gaussian.
  package static let smallestLogScale: Float = -15
  private static let logTwo = 0.693_147_180_559_945_3

  /// - Parameters: means and x `[R, D]`; rows, R doubles, overwritten with nats.
  package static func logProbabilities(
    means: Matrix, x: Matrix, logScale: Float, into rows: UnsafeMutablePointer<Double>
  ) {
    let logScale = Double(max(logScale, smallestLogScale))
    let inverse = DoubleFunctions.exp(-logScale)
    for r in 0..<means.rows {
      let distance = distance(means.row(r), x.row(r), count: means.columns)
      rows[r] = -distance * inverse - Double(means.columns) * (logScale + logTwo)
    }
  }

  /// Turns means into dL/dmeans for `L = -weight · log p`, in place: 0 where a mean hits the observation.
  /// - Returns: log p summed over rows, in nats, and dL/d(log b), which below the smallest is a sum over rows, too.
  package static func lossGradient(
    means: Matrix, x: Matrix, logScale: Float, weight: Float
  ) -> (logProbability: Double, logScaleGradient: Double) {
    let below = Double(min(logScale - smallestLogScale, 0))
    let logScale = Double(max(logScale, smallestLogScale))
    let inverse = DoubleFunctions.exp(-logScale)
    let slope = Float(inverse) * weight
    var sum = 0.0
    for r in 0..<means.rows {
      let (m, t) = (means.row(r), UnsafePointer(x.row(r)))
      sum += distance(m, t, count: means.columns)
      forEachLaneGroup(means.columns) { i, width in
        let d = (m + i).lanes(width: width) - (t + i).lanes(width: width)
        // d keeps what is not a number.
        let sign = d.replacing(with: 1, where: d .> 0).replacing(with: -1, where: d .< 0)
        (m + i).store(sign * slope, width: width)
      }
    }
    let (scaled, count) = (sum * inverse, Double(means.count))
    return (-scaled - count * (logScale + logTwo), Double(weight) * (count * (1 + below) - scaled))
  }

  private static func distance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Double {
    var sum = DoubleLanes()
    forEachLaneGroup(count) { i, width in
      let d = DoubleLanes((a + i).lanes(width: width)) - DoubleLanes((b + i).lanes(width: width))
      sum += d.replacing(with: -d, where: d .< 0)
    }
    return sum.sum()
  }
}
