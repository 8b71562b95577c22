/// The product of Gaussian experts and the standard normal, one product a row (Wu & Goodman 2018).
///
/// With `w_i = exp(-logvar_i) / (1 + Σ exp(-logvar_j))`: `logvar = -log(1 + Σ exp(-logvar_i))`, `mean = Σ w_i mean_i`.
/// Experts come as slices, so that one of several costs no array of its own.
package enum GaussianProduct {
  /// - Parameters: experts and product, one Gaussian a row each.
  package static func combine(_ experts: ArraySlice<DiagonalGaussian>, into product: DiagonalGaussian) {
    for r in 0..<product.rows {
      for i in 0..<product.latent {
        // The prior's logarithm of precision is 0. Around the largest one nothing overflows.
        var peak: Float = 0
        for expert in experts { peak = max(peak, -expert.logvar[r, i]) }
        var precision = ElementaryFunctions.exp(-peak)
        var weighted: Float = 0
        for expert in experts {
          let share = ElementaryFunctions.exp(-expert.logvar[r, i] - peak)
          precision += share
          weighted += share * expert.mean[r, i]
        }
        product.logvar[r, i] = -(peak + ElementaryFunctions.log(precision))
        product.mean[r, i] = weighted / precision
      }
    }
  }

  /// Adds to each expert's gradient what flows back from the product's.
  package static func backward(
    _ experts: ArraySlice<DiagonalGaussian>, product: DiagonalGaussian, gradient: DiagonalGaussian,
    expertGradients: ArraySlice<DiagonalGaussian>
  ) {
    for r in 0..<product.rows {
      for i in 0..<product.latent {
        let (dm, dv) = (gradient.mean[r, i], gradient.logvar[r, i])
        for (expert, expertGradient) in zip(experts, expertGradients) {
          let share = ElementaryFunctions.exp(product.logvar[r, i] - expert.logvar[r, i])
          expertGradient.mean[r, i] += dm * share
          expertGradient.logvar[r, i] += share * (dv - dm * (expert.mean[r, i] - product.mean[r, i]))
        }
      }
    }
  }
}
