internal import Kernels
internal import Layers

/// The sum of the negated ELBOs of MVAE and its gradient. An encoder runs once; a decoder runs once for the ELBO of all
/// modalities, then once for its own.
final class MVAEObjective: ObjectivePass {
  private let model: MVAE
  private let encoders: [EncoderActivations]
  /// The posteriors of the batch at hand and their gradients, kept so that a step allocates nothing.
  private var experts: [DiagonalGaussian] = []
  private var expertGradients: [DiagonalGaussian] = []
  private let joint: GaussianBuffer
  private let singles: [GaussianBuffer]
  private let jointDecoders: [DecoderActivations]
  private let singleDecoders: [DecoderActivations]
  private let encoding: LockStep
  private let jointDecoding: LockStep
  private let singleDecoding: LockStep
  let termSums: UnsafeMutableBufferPointer<Double>

  init(_ model: MVAE, rows: Int) {
    let latent = model.latent
    self.model = model
    encoders = model.modalities.map { EncoderActivations($0, rows: rows) }
    joint = GaussianBuffer(latent: latent, rows: rows)
    singles = model.modalities.map { _ in GaussianBuffer(latent: latent, rows: rows) }
    jointDecoders = model.modalities.map { DecoderActivations($0.decoder, rows: rows) }
    singleDecoders = model.modalities.map { DecoderActivations($0.decoder, rows: rows) }
    encoding = LockStep(encoders.map(\.pass))
    jointDecoding = LockStep(jointDecoders.map(\.pass))
    singleDecoding = LockStep(singleDecoders.map(\.pass))
    termSums = .allocate(capacity: model.termNames.count)
    termSums.initialize(repeating: 0)
  }

  deinit { termSums.deallocate() }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for (i, encoder) in encoders.enumerated() { encoder.pass.input = batch.inputs[i] }
    try encoding.forward(rows: batch.rows, mode: mode, replicas: replicas)
    computeExperts(rows)
    GaussianProduct.combine(experts[...], into: joint.distribution(rows))
    joint.distribution(rows).sample(noise: batch.noise[0], into: joint.draw(rows))
    for (i, single) in singles.enumerated() {
      GaussianProduct.combine(experts[i...i], into: single.distribution(rows))
      single.distribution(rows).sample(noise: batch.noise[i + 1], into: single.draw(rows))
      jointDecoders[i].pass.input = joint.draw(rows)
      singleDecoders[i].pass.input = single.draw(rows)
    }
    try jointDecoding.forward(rows: batch.rows, mode: mode, replicas: replicas)
    try singleDecoding.forward(rows: batch.rows, mode: mode, replicas: replicas)
    computeTerms(batch, weights)
  }

  private func computeExperts(_ rows: Int) {
    experts.removeAll(keepingCapacity: true)
    expertGradients.removeAll(keepingCapacity: true)
    for encoder in encoders {
      encoder.computePosterior(rows)
      experts.append(encoder.posterior.distribution(rows))
      expertGradients.append(encoder.posterior.gradient(rows))
    }
  }

  private func computeTerms(_ batch: Batch, _ weights: ObjectiveWeights) {
    let (rows, n) = (batch.rows.local, encoders.count)
    let scale = 1 / Double(batch.rows.global)
    let klWeight = Float(weights.core * scale)
    for i in 0..<n {
      let (x, likelihood) = (batch.inputs[i], model.modalities[i].likelihood)
      let weight = weights.reconstruction[i] * scale
      termSums[i] = jointDecoders[i].score(likelihood, x: x, weight: weight)
      termSums[n + i] = singleDecoders[i].score(likelihood, x: x, weight: weight, accumulating: true)
      termSums[2 * n + 1 + i] = singles[i].distribution(rows).divergenceToStandardNormal(
        weight: klWeight, gradient: singles[i].gradient(rows))
    }
    termSums[2 * n] = joint.distribution(rows).divergenceToStandardNormal(
      weight: klWeight, gradient: joint.gradient(rows))
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for modality in model.modalities { try modality.likelihood.markReady(replicas) }
    try jointDecoding.backward(rows: batch.rows, moreFollows: true, replicas: replicas)
    try singleDecoding.backward(rows: batch.rows, accumulating: true, replicas: replicas)
    for (i, encoder) in encoders.enumerated() {
      joint.distribution(rows).sampleBackward(
        noise: batch.noise[0], dz: jointDecoders[i].latentGradients(rows), gradient: joint.gradient(rows))
      singles[i].distribution(rows).sampleBackward(
        noise: batch.noise[i + 1], dz: singleDecoders[i].latentGradients(rows), gradient: singles[i].gradient(rows))
      encoder.posterior.clearGradient(rows)
      GaussianProduct.backward(
        experts[i...i], product: singles[i].distribution(rows), gradient: singles[i].gradient(rows),
        expertGradients: expertGradients[i...i])
    }
    GaussianProduct.backward(
      experts[...], product: joint.distribution(rows), gradient: joint.gradient(rows),
      expertGradients: expertGradients[...])
    for encoder in encoders { try encoder.prepareBackward(rows, replicas: replicas) }
    try encoding.backward(rows: batch.rows, replicas: replicas)
  }
}
