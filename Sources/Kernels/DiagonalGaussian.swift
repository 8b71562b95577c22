// Diagonal Gaussians Normal(mean, exp(logvar)), one per row. R rows, Z latent dimensions.

private let logTwoPi = 1.837_877_066_409_345_5

/// Means and log-variances of one Gaussian per row, as views of what a network's heads wrote (or of their gradients).
package struct DiagonalGaussian {
  /// `[R, Z]`.
  package let mean: Matrix
  /// `[R, Z]`.
  package let logvar: Matrix

  package init(mean: Matrix, logvar: Matrix) {
    precondition(mean.rows == logvar.rows && mean.columns == logvar.columns, "mean and logvar differ in shape")
    self.mean = mean
    self.logvar = logvar
  }

  package var rows: Int { mean.rows }
  package var latent: Int { mean.columns }

  /// The Gaussian of row `index`, `count` times.
  package func repeating(row index: Int, count: Int) -> DiagonalGaussian {
    DiagonalGaussian(mean: mean.repeating(row: index, count: count), logvar: logvar.repeating(row: index, count: count))
  }

  /// Makes the Gaussian of one row infinitely wide: an expert that changes no product.
  package func forget(_ row: Int) {
    mean.rows(row..<row + 1).fill(0)
    logvar.rows(row..<row + 1).fill(.infinity)
  }

  /// A draw for every row by the reparametrisation `z = mean + exp(½ logvar) · noise`.
  /// - Parameters: noise and z `[R, Z]`.
  package func sample(noise: Matrix, into z: Matrix) {
    precondition(noise.columns == latent && z.columns == latent && z.rows == rows, "shapes do not fit")
    for r in 0..<rows {
      let (m, v, e, o) = (mean.row(r), logvar.row(r), noise.row(r), z.row(r))
      forEachLaneGroup(latent) { i in
        (o + i).lanes = (m + i).lanes + VectorMath.exp((v + i).lanes * 0.5) * (e + i).lanes
      } rest: { i, n in
        let deviation = VectorMath.exp((v + i).partialLanes(n) * 0.5)
        (o + i).store((m + i).partialLanes(n) + deviation * (e + i).partialLanes(n), first: n)
      }
    }
  }

  /// Adds to `gradient` what flows back through `sample`: `d mean += dz`, `d logvar += dz · ½ exp(½ logvar) · noise`.
  package func sampleBackward(noise: Matrix, dz: Matrix, gradient: DiagonalGaussian) {
    for r in 0..<rows {
      let (v, e, d) = (logvar.row(r), noise.row(r), dz.row(r))
      let (dm, dv) = (gradient.mean.row(r), gradient.logvar.row(r))
      forEachLaneGroup(latent) { i, n in
        let dz = (d + i).lanes(width: n)
        let slope = 0.5 * VectorMath.exp((v + i).lanes(width: n) * 0.5) * (e + i).lanes(width: n)
        (dm + i).store((dm + i).lanes(width: n) + dz, width: n)
        (dv + i).store((dv + i).lanes(width: n) + dz * slope, width: n)
      }
    }
  }

  /// Subtracts from `rows` the log density of what `sample` makes of `noise`, one value a row.
  ///
  /// From the noise itself: a draw is rounded, and where the deviation is small beside the mean, little of the noise is
  /// left in it.
  /// - Parameter noise: `[R, Z]`.
  package func subtractLogDensity(ofDrawsFrom noise: Matrix, from rows: UnsafeMutablePointer<Double>) {
    for r in 0..<noise.rows {
      var sum = Lanes()
      let (v, e) = (logvar.row(r), noise.row(r))
      forEachLaneGroup(latent) { i, n in
        let noise = (e + i).lanes(width: n)
        sum += noise * noise + (v + i).lanes(width: n)
      }
      rows[r] += 0.5 * (Double(sum.sum()) + Double(latent) * logTwoPi)
    }
  }

  /// log density of `z`, one value a row, added to or subtracted from `rows` by `sign`.
  package func addLogDensity(of z: Matrix, sign: Double, to rows: UnsafeMutablePointer<Double>) {
    for r in 0..<z.rows {
      var sum = Lanes()
      let (m, v, x) = (mean.row(r), logvar.row(r), z.row(r))
      forEachLaneGroup(latent) { i in
        let d = (x + i).lanes - (m + i).lanes
        let logvar = (v + i).lanes
        sum += d * d * finitePrecision(logvar) + logvar
      } rest: { i, n in
        let d = (x + i).partialLanes(n) - (m + i).partialLanes(n)
        let logvar = (v + i).partialLanes(n)
        sum += d * d * finitePrecision(logvar) + logvar
      }
      rows[r] -= sign * 0.5 * (Double(sum.sum()) + Double(latent) * logTwoPi)
    }
  }

  /// KL divergence from `self` to `other`, in nats, summed over rows and latent dimensions:
  /// `½ Σ log σ_p² - log σ_q² + (σ_q² + (μ_q - μ_p)²) / σ_p² - 1`. Its gradients, times `weight`, overwrite
  /// `otherGradient`, and overwrite or are added to `gradient`.
  package func divergence(
    to other: DiagonalGaussian, weight: Float, gradient: DiagonalGaussian, otherGradient: DiagonalGaussian,
    accumulating: Bool = false
  ) -> Double {
    var total = 0.0
    for r in 0..<rows {
      let (qm, qv, pm, pv) = (mean.row(r), logvar.row(r), other.mean.row(r), other.logvar.row(r))
      let (dqm, dqv) = (gradient.mean.row(r), gradient.logvar.row(r))
      let (dpm, dpv) = (otherGradient.mean.row(r), otherGradient.logvar.row(r))
      var sum = Lanes()
      forEachLaneGroup(latent) { i, n in
        let (logQ, logP) = ((qv + i).lanes(width: n), (pv + i).lanes(width: n))
        let difference = (qm + i).lanes(width: n) - (pm + i).lanes(width: n)
        let meanGradient = difference * finitePrecision(logP)
        let distance = difference * meanGradient
        // exp of the difference, not a quotient: neither variance may overflow on its own.
        let ratio = VectorMath.exp(logQ - logP)
        sum += expm1Excess(logQ - logP, exp: ratio) + distance
        let (dm, dv) = (weight * meanGradient, 0.5 * weight * (ratio - 1))
        (dqm + i).store(accumulating ? (dqm + i).lanes(width: n) + dm : dm, width: n)
        (dqv + i).store(accumulating ? (dqv + i).lanes(width: n) + dv : dv, width: n)
        (dpm + i).store(-dm, width: n)
        (dpv + i).store(0.5 * weight * (1 - ratio - distance), width: n)
      }
      total += 0.5 * Double(sum.sum())
    }
    return total
  }

  /// KL divergence to the standard normal, in nats, summed over rows and latent dimensions:
  /// `½ Σ μ² + σ² - log σ² - 1`. Its gradient, times `weight`, overwrites `gradient`.
  package func divergenceToStandardNormal(weight: Float, gradient: DiagonalGaussian) -> Double {
    var total = 0.0
    for r in 0..<rows {
      let (m, v) = (mean.row(r), logvar.row(r))
      let (dm, dv) = (gradient.mean.row(r), gradient.logvar.row(r))
      var sum = Lanes()
      forEachLaneGroup(latent) { i, n in
        let (mean, logvar) = ((m + i).lanes(width: n), (v + i).lanes(width: n))
        let variance = VectorMath.exp(logvar)
        sum += expm1Excess(logvar, exp: variance) + mean * mean
        (dm + i).store(weight * mean, width: n)
        (dv + i).store(0.5 * weight * (variance - 1), width: n)
      }
      total += 0.5 * Double(sum.sum())
    }
    return total
  }
}

/// `e^x - 1 - x`, never negative: what unequal variances add to a divergence. Near 0 by its series, because there the
/// difference is nothing but rounding; the relative error stays below 5e-6.
@inline(__always)
private func expm1Excess(_ x: Lanes, exp: Lanes) -> Lanes {
  var series = Lanes(repeating: 1.0 / 5040)
  series = series * x + 1.0 / 720
  series = series * x + 1.0 / 120
  series = series * x + 1.0 / 24
  series = series * x + 1.0 / 6
  series = series * x + 0.5
  let square = x * x
  return (exp - 1 - x).replacing(with: series * square, where: square .< 0.25)
}

/// exp(-logvar), at most 3e38: of a variance that vanishes, so that a distance of 0 times it is 0 and not NaN.
@inline(__always)
func finitePrecision(_ logvar: Lanes) -> Lanes {
  VectorMath.exp((-logvar).replacing(with: 88.7, where: logvar .< -88.7))
}

/// log density of the standard normal at `z`, one value a row, added to `rows`.
package func addStandardNormalLogDensity(of z: Matrix, to rows: UnsafeMutablePointer<Double>) {
  for r in 0..<z.rows {
    var squares = 0.0
    for i in 0..<z.columns { squares += Double(z[r, i]) * Double(z[r, i]) }
    rows[r] -= 0.5 * (squares + Double(z.columns) * logTwoPi)
  }
}
