/// Counts given rates r: `log p(x|r) = Σ x log r - r - log x!`.
///
/// In double precision: at rates of a million, x log r and r cancel but for their last digits.
package enum PoissonLikelihood {
  /// - Parameters: output and x `[R, D]`, x whole numbers of at least 0; rows, R doubles, overwritten with nats.
  package static func logProbabilities(
    output: Matrix, x: Matrix, rate: CountRate, into rows: UnsafeMutablePointer<Double>
  ) {
    let logFactorial = LogFactorial()
    var logFactorials = 0.0
    for r in 0..<output.rows {
      let (o, t) = (UnsafePointer(output.row(r)), UnsafePointer(x.row(r)))
      let exposure = rate.exposure(of: t, count: output.columns)
      // Once, where one row is repeated.
      if r == 0 || x.stride > 0 { logFactorials = logFactorial.sum(t, count: output.columns) }
      var sum = DoubleLanes()
      forEachLaneGroup(output.columns) { i, width in
        let x = DoubleLanes((t + i).lanes(width: width))
        let value = rate.value(DoubleLanes((o + i).lanes(width: width)), exposure)
        sum += (x * value.logarithm - value.rate).first(width)
      }
      rows[r] = sum.sum() - logFactorials
    }
  }

  /// Turns the output into dL/d(output) for `L = -weight · log p`, in place.
  /// - Returns: log p summed over rows, in nats.
  package static func lossGradient(output: Matrix, x: Matrix, rate: CountRate, weight: Float) -> Double {
    let (logFactorial, weight) = (LogFactorial(), Double(weight))
    var total = 0.0
    for r in 0..<output.rows {
      let (o, t) = (output.row(r), UnsafePointer(x.row(r)))
      let exposure = rate.exposure(of: t, count: output.columns)
      var sum = DoubleLanes()
      forEachLaneGroup(output.columns) { i, width in
        let x = DoubleLanes((t + i).lanes(width: width))
        let value = rate.value(DoubleLanes((o + i).lanes(width: width)), exposure)
        sum += (x * value.logarithm - value.rate).first(width)
        (o + i).store(Lanes((value.rate - x) * value.slope * weight), width: width)
      }
      total += sum.sum() - logFactorial.sum(t, count: output.columns)
    }
    return total
  }
}
