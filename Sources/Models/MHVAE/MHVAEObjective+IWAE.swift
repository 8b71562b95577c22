internal import Kernels
internal import Layers

// Several draws a row: the importance-weighted bound (Burda, Grosse & Salakhutdinov 2016), minimised as -log 1/K Σ w_k with
//
//   log w = Σ_i [λ_i log p(x_i|z_i) + β_m (log p(z_i|z_c) - log q(z_i|·))] + β_c (log p(z_c) - log q(z_c|h)).
//
// With the shares v_k = w_k / Σ w, decoders and generators get Σ v_k d log w_k. Encoders get the doubly reparametrised
// gradient (Tucker et al. 2019), q within w held fixed: Σ ((1 - β) v_k + β v_k²) (d log w_k / d z_k) (d z_k / d φ), which for
// β = 1 is Σ v_k². The gradient that reaches a draw carries v_k already and is multiplied by 1 - β + β v_k.

extension MHVAEObjective {
  /// Terms, weights, and the gradients with respect to decoder outputs and prior heads.
  func weigh(_ batch: Batch, _ drawWeights: DrawWeights) {
    let (rows, n) = (batch.rows.local, modalities.count)
    drawWeights.begin()
    for (i, modality) in modalities.enumerated() {
      let (own, present) = (batch.present[i].count, batch.present[i])
      termSums[i] = drawWeights.add(weights.reconstruction[i], present) {
        modality.decoder.logProbabilities(
          model.modalities[i].likelihood, x: batch.inputs[i], draws: drawWeights.draws, into: $0)
      }
      termSums[n + i] = -drawWeights.add(weights.modality, present) {
        modality.priors(own).addLogDensity(of: modality.posterior.z(own), sign: 1, to: $0)
        modality.posterior.distribution(own).subtractLogDensity(
          ofDrawsFrom: modality.posterior.perDraw(batch.noise[i + 1]), from: $0)
      }
    }
    termSums[2 * n] = -drawWeights.add(weights.core, .all(rows)) {
      addStandardNormalLogDensity(of: core.z(rows), to: $0)
      core.distribution(rows).subtractLogDensity(ofDrawsFrom: core.perDraw(batch.noise[0]), from: $0)
    }
    termSums[2 * n + 1] = drawWeights.normalise(rows: rows)
    scoreDraws(batch, drawWeights)
  }

  private func scoreDraws(_ batch: Batch, _ drawWeights: DrawWeights) {
    let scale = 1 / Double(batch.rows.global)
    for (i, modality) in modalities.enumerated() {
      let own = batch.present[i].count
      let shares = drawWeights.shares(batch.present[i])
      modality.decoder.score(
        model.modalities[i].likelihood, x: batch.inputs[i], draws: drawWeights.draws, weights: shares,
        scale: Float(weights.reconstruction[i] * scale))
      modality.priors(own).lossGradient(
        of: modality.posterior.z(own), weights: shares, scale: Float(weights.modality * scale),
        gradient: modality.prior.gradient(own * drawWeights.draws))
    }
  }

  /// From dL/dz_c to q(z_c|h).
  /// - Parameters:
  ///   - shares: v of every draw, `[rows · draws, 1]`.
  ///   - dz: room for it, one row a draw.
  func weighedCoreBackward(_ batch: Batch, _ shares: Matrix, _ dz: Matrix) {
    let rows = batch.rows.local
    let weight = Float(weights.core / Double(batch.rows.global))
    let noise = core.perDraw(batch.noise[0])
    dz.fill(0)
    // Of log p(z_c), which is standard normal, and of log q(z_c|h).
    dz.add(core.z(rows), factor: weight, rowFactors: shares)
    core.distribution(rows).addScore(ofDrawsFrom: noise, weights: shares, scale: weight, to: dz)
    for (i, modality) in modalities.enumerated() { dz.add(modality.coreLatentGradients(batch.present[i])) }
    dz.scaleRows(constant: Float(1 - weights.core), slope: Float(weights.core), rowFactors: shares)
    core.clearGradient(rows)
    core.distribution(rows).sampleBackward(noise: noise, dz: dz, gradient: core.gradient(rows))
  }
}

extension ModalityActivations {
  /// From dL/dz_i to q(z_i|·), and where q is top-down through it to the generator.
  /// - Parameters:
  ///   - shares: v of every draw, `[rows · draws, 1]`.
  ///   - beta: beta_m.
  ///   - scale: 1 over the rows of the global batch.
  func weighedPosteriorBackward(_ rows: Int, noise: Matrix, shares: Matrix, beta: Double, scale: Double) {
    let (noise, weight) = (posterior.perDraw(noise), Float(beta * scale))
    let q = posterior.distribution(rows)
    let dz = decoder.latentGradients(shares.rows)
    // Of log p(z_i|z_c): the negated gradient of its means.
    dz.add(prior.gradient(shares.rows).mean, factor: -1)
    if posterior.isTopDown { weighedPriorBackward(rows, noise: noise, dz: dz, shares: shares, weight: weight) }
    q.addScore(ofDrawsFrom: noise, weights: shares, scale: weight, to: dz)
    dz.scaleRows(constant: Float(1 - beta), slope: Float(beta), rowFactors: shares)
    posterior.clearGradient(rows)
    q.sampleBackward(noise: noise, dz: dz, gradient: posterior.gradient(rows))
  }

  /// Through a top-down q to the generator, which is no encoder: within w, q is not held fixed for it.
  private func weighedPriorBackward(_ rows: Int, noise: Matrix, dz: Matrix, shares: Matrix, weight: Float) {
    let gradient = posterior.gradient(rows)
    posterior.clearGradient(rows)
    posterior.distribution(rows).sampleBackward(noise: noise, dz: dz, gradient: gradient)
    // log q of a draw, when q moves the draw too, is a constant less half the log-variances.
    gradient.logvar.addToRows(-0.5 * weight, rowFactors: shares)
    posterior.backward(toPrior: priors(rows), prior.gradient(shares.rows), rows: rows)
  }
}
