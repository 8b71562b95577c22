// The normalised product of two Gaussians alone: an encoder's and a learned prior's, without the standard normal.

extension GaussianProduct {
  /// `logvar = -log(exp(-logvar_1) + exp(-logvar_2))`, means weighted by the precisions.
  /// - Parameters: one Gaussian a row each.
  package static func combine(_ one: DiagonalGaussian, _ other: DiagonalGaussian, into product: DiagonalGaussian) {
    for r in 0..<product.rows {
      let (m1, v1, m2, v2) = (one.mean.row(r), one.logvar.row(r), other.mean.row(r), other.logvar.row(r))
      let (m, v) = (product.mean.row(r), product.logvar.row(r))
      forEachLaneGroup(product.latent) { i, n in
        let (logvar1, logvar2) = ((v1 + i).lanes(width: n), (v2 + i).lanes(width: n))
        // Relative to the narrower one nothing overflows.
        let narrower = logvar1.replacing(with: logvar2, where: logvar2 .< logvar1)
        let (share1, share2) = (VectorMath.exp(narrower - logvar1), VectorMath.exp(narrower - logvar2))
        let precision = share1 + share2
        let weighted = share1 * (m1 + i).lanes(width: n) + share2 * (m2 + i).lanes(width: n)
        (v + i).store(narrower - VectorMath.log(precision), width: n)
        (m + i).store(weighted / precision, width: n)
      }
    }
  }

  /// Adds to one expert's gradient what flows back from the product's.
  package static func backward(
    _ expert: DiagonalGaussian, product: DiagonalGaussian, gradient: DiagonalGaussian,
    addingTo expertGradient: DiagonalGaussian
  ) {
    for r in 0..<product.rows {
      let (m, v) = (product.mean.row(r), product.logvar.row(r))
      let (dm, dv) = (gradient.mean.row(r), gradient.logvar.row(r))
      let (expertMean, expertLogvar) = (expert.mean.row(r), expert.logvar.row(r))
      let (toMean, toLogvar) = (expertGradient.mean.row(r), expertGradient.logvar.row(r))
      forEachLaneGroup(product.latent) { i, n in
        let meanGradient = (dm + i).lanes(width: n)
        let share = VectorMath.exp((v + i).lanes(width: n) - (expertLogvar + i).lanes(width: n))
        let distance = (expertMean + i).lanes(width: n) - (m + i).lanes(width: n)
        (toMean + i).store((toMean + i).lanes(width: n) + meanGradient * share, width: n)
        (toLogvar + i).store(
          (toLogvar + i).lanes(width: n) + share * ((dv + i).lanes(width: n) - meanGradient * distance), width: n)
      }
    }
  }
}
