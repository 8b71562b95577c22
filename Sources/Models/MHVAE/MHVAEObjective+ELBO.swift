internal import Kernels
internal import Layers

// One draw a row: eq. (13), both divergences in closed form.

extension MHVAEObjective {
  /// Terms and, in the same passes over memory, their gradients with respect to decoder outputs and heads.
  func computeTerms(_ batch: Batch) {
    let (rows, n) = (batch.rows.local, modalities.count)
    let scale = 1 / Double(batch.rows.global)
    for (i, modality) in modalities.enumerated() {
      let own = batch.present[i].count
      termSums[i] = modality.decoder.score(
        model.modalities[i].likelihood, x: batch.inputs[i], weight: weights.reconstruction[i] * scale)
      termSums[n + i] = modality.posterior.distribution(own).divergence(
        to: modality.priors(own), weight: Float(weights.modality * scale), gradient: modality.posterior.gradient(own),
        otherGradient: modality.prior.gradient(own))
    }
    termSums[2 * n] = core.distribution(rows).divergenceToStandardNormal(
      weight: Float(weights.core * scale), gradient: core.gradient(rows))
  }
}
