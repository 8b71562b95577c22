/// Counts given rates r and one dispersion t for each value, learned as its logarithm:
/// `log p(x|r,t) = Σ lgamma(x+t) - lgamma(t) - lgamma(x+1) + t log(t/(t+r)) + x log(r/(t+r))`. The mean is r, the
/// variance r + r²/t.
///
/// Outside `logDispersionRange` log t counts as the nearer end: counts that vary no more than Poisson's, a constant
/// column among them, would otherwise let it rise for ever. The gradient is that of the end then, and each value pulls
/// log t back by what it lies outside: a sum over rows, as the gradients of several ranks must be.
package enum NegativeBinomialLikelihood {
  /// From variances of 2e4 r² to those that differ from Poisson's by 3e-7 of the rate.
  package static let logDispersionRange: ClosedRange<Float> = -10...15

  /// - Parameters: output and x `[R, D]`, x whole numbers of at least 0; logDispersion, D floats; rows, R doubles,
  ///   overwritten with nats.
  package static func logProbabilities(
    output: Matrix, x: Matrix, logDispersion: UnsafePointer<Float>, rate: CountRate,
    into rows: UnsafeMutablePointer<Double>
  ) {
    let logFactorial = LogFactorial()
    forEachRowBlock(output.rows) { block in
      withExposures(of: x, block, rate) { exposures in
        for r in block { rows[r] = -logFactorial.sum(UnsafePointer(x.row(r)), count: x.columns) }
        forEachLaneGroup(output.columns) { i, width in
          let columns = NegativeBinomialColumns((logDispersion + i).lanes(width: width))
          for r in block {
            let x = (UnsafePointer(x.row(r)) + i).lanes(width: width)
            let output = (UnsafePointer(output.row(r)) + i).lanes(width: width)
            let value = rate.value(DoubleLanes(output), exposures[r - block.lowerBound])
            rows[r] += columns.terms(DoubleLanes(x), value).logProbability.first(width).sum()
          }
        }
      }
    }
  }

  /// Turns the output into dL/d(output) for `L = -weight · log p`, in place.
  /// - Parameter gradient: D floats, to which dL/d(log t) is added; what is outside its range is led back.
  /// - Returns: log p summed over rows, in nats.
  package static func lossGradient(
    output: Matrix, x: Matrix, logDispersion: UnsafePointer<Float>, rate: CountRate, weight: Float,
    addingTo gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let (logFactorial, factor) = (LogFactorial(), Double(weight))
    var (total, logFactorials) = (DoubleLanes(), 0.0)
    forEachRowBlock(output.rows) { block in
      for r in block { logFactorials += logFactorial.sum(UnsafePointer(x.row(r)), count: x.columns) }
      withExposures(of: x, block, rate) { exposures in
        forEachLaneGroup(output.columns) { i, width in
          let columns = NegativeBinomialColumns((logDispersion + i).lanes(width: width))
          var (sum, slope) = (DoubleLanes(), DoubleLanes())
          for r in block {
            let (x, o) = ((UnsafePointer(x.row(r)) + i).lanes(width: width), output.row(r) + i)
            let value = rate.value(DoubleLanes(o.lanes(width: width)), exposures[r - block.lowerBound])
            let terms = columns.terms(DoubleLanes(x), value)
            sum += terms.logProbability
            slope += terms.dispersionSlope
            o.store(Lanes(terms.rateSlope * value.slope * -factor), width: width)
          }
          total += sum.first(width)
          let change = Lanes((columns.outside * Double(block.count) - slope) * factor)
          (gradient + i).store((gradient + i).lanes(width: width) + change, width: width)
        }
      }
    }
    return total.sum() - logFactorials
  }

  /// On the stack: one for each row of a block.
  @inline(__always)
  private static func withExposures(
    of x: Matrix, _ block: Range<Int>, _ rate: CountRate,
    _ body: (UnsafeMutableBufferPointer<CountRate.Exposure>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: CountRate.Exposure.self, capacity: rowsPerBlock) { exposures in
      for r in block {
        exposures.initializeElement(
          at: r - block.lowerBound, to: rate.exposure(of: UnsafePointer(x.row(r)), count: x.columns))
      }
      body(exposures)
    }
  }
}

/// What eight columns of negative binomial counts have in common.
private struct NegativeBinomialColumns {
  /// How far log t lies above its range, or below as a number below 0; else 0.
  let outside: DoubleLanes
  /// t.
  private let dispersion: DoubleLanes
  private let inverse: DoubleLanes
  /// t + 6, from where Stirling's series holds.
  private let shifted: DoubleLanes
  private let series: StirlingSeries
  private let product: (value: DoubleLanes, slope: DoubleLanes)
  /// log((t + 6) / t).
  private let logShift: DoubleLanes

  struct Terms {
    /// Without log x!.
    let logProbability: DoubleLanes
    /// d log p / d log r.
    let rateSlope: DoubleLanes
    /// d log p / d log t.
    let dispersionSlope: DoubleLanes
  }

  @inline(__always)
  init(_ logDispersion: Lanes) {
    let range = NegativeBinomialLikelihood.logDispersionRange
    let held = DoubleLanes(
      logDispersion.replacing(with: range.lowerBound, where: logDispersion .< range.lowerBound)
        .replacing(with: range.upperBound, where: logDispersion .> range.upperBound))
    outside = DoubleLanes(logDispersion) - held
    dispersion = VectorMath.exp(held)
    inverse = 1 / dispersion
    shifted = dispersion + StirlingSeries.shift
    series = StirlingSeries(shifted)
    product = StirlingSeries.product(dispersion)
    logShift = VectorMath.log1p(StirlingSeries.shift * inverse)
  }

  /// With s = t + 6, Stirling's series for Γ(x+t) and Γ(t) and x log t of the other terms subtracted by hand:
  /// `x log r - (x+t) log(1+r/t) + (x+s-½) log(1+x/s) + x log(s/t) - x + …`. Nothing large is left to cancel where t is
  /// large and the counts are Poisson's.
  @inline(__always)
  func terms(_ x: DoubleLanes, _ value: CountRate.Value) -> Terms {
    let logRatio = VectorMath.log1p(value.rate * inverse)
    let logGrowth = VectorMath.log1p(x / shifted)
    let sum = x + shifted
    let (ahead, aheadProduct) = (StirlingSeries(sum), StirlingSeries.product(x + dispersion))
    let gammas =
      (sum - 0.5) * logGrowth + x * (logShift - 1) + (ahead.remainder - series.remainder)
      - VectorMath.log(aheadProduct.value / product.value)
    let gammaSlope = logGrowth + (ahead.slope - series.slope) - (aheadProduct.slope - product.slope)
    // r can be 0 and log r anything where x is 0.
    let excess = (x - value.rate) / (dispersion + value.rate)
    return Terms(
      logProbability: x * value.logarithm - (x + dispersion) * logRatio + gammas,
      rateSlope: dispersion * excess, dispersionSlope: dispersion * (gammaSlope - logRatio - excess))
  }
}
