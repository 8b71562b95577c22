/// Real observations given means and one log-variance s for each value: `log p(x|m) = -½ Σ (x - m)² e^-s + s + log 2π`.
///
/// Below `smallestLogVariance` s counts as that. A column that is constant is hit ever better, and its s would fall
/// until its precision outweighs all other gradients and ends in infinity. It is led back as the one of
/// `GaussianLikelihood` is.
package enum ValueGaussianLikelihood {
  /// A standard deviation of 1e-3: a thousandth of that of standardised data, a quarter of a grey level. The precision
  /// of 1e6 leaves gradients of any data that training accepts far inside single precision, squared by the optimiser
  /// too.
  package static let smallestLogVariance: Float = -13.815_511
  private static let logTwoPi = 1.837_877_066_409_345_5

  /// - Parameters: means and x `[R, D]`; logVariance, D floats; rows, R doubles, overwritten with nats.
  package static func logProbabilities(
    means: Matrix, x: Matrix, logVariance: UnsafePointer<Float>, into rows: UnsafeMutablePointer<Double>
  ) {
    forEachRowBlock(means.rows) { block in
      for r in block { rows[r] = 0 }
      forEachLaneGroup(means.columns) { i, width in
        let columns = Columns((logVariance + i).lanes(width: width))
        for r in block {
          let scaled = columns.scaledSquares(means.row(r) + i, x.row(r) + i, width)
          rows[r] -= 0.5 * (scaled + columns.constant).first(width).sum()
        }
      }
    }
  }

  /// Turns means into dL/dmeans for `L = -weight · log p`, in place.
  /// - Parameter gradient: D floats, to which dL/ds is added; below the smallest it is a sum over rows, too.
  /// - Returns: log p summed over rows, in nats.
  package static func lossGradient(
    means: Matrix, x: Matrix, logVariance: UnsafePointer<Float>, weight: Float,
    addingTo gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    var total = DoubleLanes()
    forEachRowBlock(means.rows) { block in
      forEachLaneGroup(means.columns) { i, width in
        let columns = Columns((logVariance + i).lanes(width: width))
        let slope = Lanes(columns.precision * Double(weight))
        var squares = DoubleLanes()
        for r in block {
          let (m, t) = (means.row(r) + i, x.row(r) + i)
          squares += columns.scaledSquares(m, t, width)
          m.store((m.lanes(width: width) - t.lanes(width: width)) * slope, width: width)
        }
        total += (squares + columns.constant * Double(block.count)).first(width)
        let count = (1 + columns.below) * Double(block.count)
        let change = Lanes((count - squares) * (0.5 * Double(weight)))
        (gradient + i).store((gradient + i).lanes(width: width) + change, width: width)
      }
    }
    return -0.5 * total.sum()
  }

  /// What eight columns have in common.
  private struct Columns {
    /// e^-s.
    let precision: DoubleLanes
    /// s + log 2π.
    let constant: DoubleLanes
    /// How far s lies below the smallest, as a number below 0; else 0.
    let below: DoubleLanes

    @inline(__always)
    init(_ logVariance: Lanes) {
      let held = DoubleLanes(
        logVariance.replacing(with: smallestLogVariance, where: logVariance .< smallestLogVariance))
      precision = VectorMath.exp(-held)
      constant = held + logTwoPi
      below = DoubleLanes(logVariance) - held
    }

    @inline(__always)
    func scaledSquares(
      _ means: UnsafeMutablePointer<Float>, _ x: UnsafeMutablePointer<Float>, _ width: Int
    ) -> DoubleLanes {
      let d = DoubleLanes(means.lanes(width: width)) - DoubleLanes(x.lanes(width: width))
      return d * d * precision
    }
  }
}
