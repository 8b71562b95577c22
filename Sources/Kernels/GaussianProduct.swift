/// The product of Gaussian experts and the standard normal, one product a row (Wu & Goodman 2018).
///
/// With `w_i = exp(-logvar_i) / (1 + Σ exp(-logvar_j))`: `logvar = -log(1 + Σ exp(-logvar_i))`, `mean = Σ w_i mean_i`.
/// Experts come as slices, so that one of several costs no array of its own.
package enum GaussianProduct {
  /// - Parameters: experts and product, one Gaussian a row each.
  package static func combine(_ experts: ArraySlice<DiagonalGaussian>, into product: DiagonalGaussian) {
    for r in 0..<product.rows {
      let (m, v) = (product.mean.row(r), product.logvar.row(r))
      forEachLaneGroup(product.latent) { i, n in
        // The prior's logarithm of precision is 0. Around the largest one nothing overflows.
        var peak = Lanes()
        for expert in experts {
          let logPrecision = -(expert.logvar.row(r) + i).lanes(width: n)
          peak.replace(with: logPrecision, where: logPrecision .> peak)
        }
        var precision = VectorMath.exp(-peak)
        var weighted = Lanes()
        for expert in experts {
          let share = VectorMath.exp(-(expert.logvar.row(r) + i).lanes(width: n) - peak)
          precision += share
          weighted += share * (expert.mean.row(r) + i).lanes(width: n)
        }
        (v + i).store(-(peak + VectorMath.log(precision)), width: n)
        (m + i).store(weighted / precision, width: n)
      }
    }
  }

  /// Adds to each expert's gradient what flows back from the product's.
  package static func backward(
    _ experts: ArraySlice<DiagonalGaussian>, product: DiagonalGaussian, gradient: DiagonalGaussian,
    expertGradients: ArraySlice<DiagonalGaussian>
  ) {
    for (expert, expertGradient) in zip(experts, expertGradients) {
      backward(expert, product: product, gradient: gradient, addingTo: expertGradient)
    }
  }
}
