// Gradients of importance-weighted bounds: rows are draws, each with a weight of its own.

extension DiagonalGaussian {
  /// The gradient of `-scale · Σ weight · log density(z)` with respect to means and log-variances, overwritten. That with
  /// respect to z is the negated gradient of the means.
  /// - Parameters: z `[R, Z]`; weights `[R, 1]`.
  package func lossGradient(of z: Matrix, weights: Matrix, scale: Float, gradient: DiagonalGaussian) {
    for r in 0..<z.rows {
      let (m, v, x) = (mean.row(r), logvar.row(r), z.row(r))
      let (dm, dv) = (gradient.mean.row(r), gradient.logvar.row(r))
      let weight = scale * weights[r, 0]
      forEachLaneGroup(latent) { i, n in
        let distance = (x + i).lanes(width: n) - (m + i).lanes(width: n)
        let slope = distance * finitePrecision((v + i).lanes(width: n))
        (dm + i).store(-weight * slope, width: n)
        (dv + i).store(0.5 * weight * (1 - distance * slope), width: n)
      }
    }
  }

  /// Adds to `dz` the gradient of `scale · Σ weight · log density(z)` with respect to z alone, of the z that `sample`
  /// makes of `noise`: `-scale · weight · noise · exp(-½ logvar)`.
  /// - Parameters: noise and dz `[R, Z]`; weights `[R, 1]`.
  package func addScore(ofDrawsFrom noise: Matrix, weights: Matrix, scale: Float, to dz: Matrix) {
    for r in 0..<dz.rows {
      let (v, e, d) = (logvar.row(r), noise.row(r), dz.row(r))
      let weight = scale * weights[r, 0]
      forEachLaneGroup(latent) { i, n in
        let slope = (e + i).lanes(width: n) * VectorMath.exp((v + i).lanes(width: n) * -0.5)
        (d + i).store((d + i).lanes(width: n) - weight * slope, width: n)
      }
    }
  }

  /// Writes every Gaussian of `source` `count` times, one after the other.
  package func repeatRows(of source: DiagonalGaussian, count: Int) {
    mean.repeatRows(of: source.mean, count: count)
    logvar.repeatRows(of: source.logvar, count: count)
  }

  /// Sums every `count` rows of `source`: where the gradients of `repeatRows` go.
  package func sumRows(of source: DiagonalGaussian, count: Int) {
    mean.sumRows(of: source.mean, count: count)
    logvar.sumRows(of: source.logvar, count: count)
  }
}

extension Matrix {
  /// `self += factor · rowFactor · other`; without row factors they are 1.
  /// - Parameter rowFactors: `[rows, 1]`.
  package func add(_ other: Matrix, factor: Float = 1, rowFactors: Matrix? = nil) {
    precondition(rows == other.rows && columns == other.columns, "shapes do not fit")
    for r in 0..<rows {
      let (sum, term, factor) = (row(r), other.row(r), factor * (rowFactors?[r, 0] ?? 1))
      for column in 0..<columns { sum[column] += factor * term[column] }
    }
  }

  /// Multiplies every row by `constant + slope · rowFactor`.
  /// - Parameter rowFactors: `[rows, 1]`.
  package func scaleRows(constant: Float, slope: Float, rowFactors: Matrix) {
    for r in 0..<rows {
      let (values, factor) = (row(r), constant + slope * rowFactors[r, 0])
      for column in 0..<columns { values[column] *= factor }
    }
  }

  /// Adds `factor · rowFactor` to every value of a row.
  /// - Parameter rowFactors: `[rows, 1]`.
  package func addToRows(_ factor: Float, rowFactors: Matrix) {
    for r in 0..<rows {
      let (values, term) = (row(r), factor * rowFactors[r, 0])
      for column in 0..<columns { values[column] += term }
    }
  }

  fileprivate func repeatRows(of source: Matrix, count: Int) {
    precondition(rows == source.rows * count && columns == source.columns, "shapes do not fit")
    for r in 0..<rows { row(r).update(from: source.row(r / count), count: columns) }
  }

  fileprivate func sumRows(of source: Matrix, count: Int) {
    precondition(source.rows == rows * count && columns == source.columns, "shapes do not fit")
    fill(0)
    for r in 0..<source.rows {
      let (sum, term) = (row(r / count), source.row(r))
      for column in 0..<columns { sum[column] += term[column] }
    }
  }
}
