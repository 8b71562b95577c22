internal import Kernels
internal import Layers

/// The sum of the negated ELBOs of MVAE and its gradient. An encoder runs once; a decoder runs once for the ELBO of all
/// modalities, then once for its own.
final class MVAEObjective: ObjectivePass {
  private let model: MVAE
  private let encoders: [EncoderActivations]
  /// The posteriors of the batch at hand and their gradients, kept so that a step allocates nothing: of the rows that
  /// have the modality, and of all rows.
  private var experts: [DiagonalGaussian] = []
  private var expertGradients: [DiagonalGaussian] = []
  private var jointExperts: [DiagonalGaussian] = []
  private var jointExpertGradients: [DiagonalGaussian] = []
  private let spreadExperts: [SpreadExpert]
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
    spreadExperts = model.modalities.map { _ in SpreadExpert(latent: latent, rows: rows) }
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
    try encoding.forward(mode: mode, replicas: replicas)
    computeExperts(batch.present)
    GaussianProduct.combine(jointExperts[...], into: joint.distribution(rows))
    joint.distribution(rows).sample(noise: batch.noise[0], into: joint.draw(rows))
    for (i, single) in singles.enumerated() {
      let own = batch.present[i].count
      GaussianProduct.combine(experts[i...i], into: single.distribution(own))
      single.distribution(own).sample(noise: batch.noise[i + 1], into: single.draw(own))
      jointDecoders[i].pass.input = spreadExperts[i].draws(joint.draw(rows), of: batch.present[i])
      singleDecoders[i].pass.input = single.draw(own)
    }
    try jointDecoding.forward(mode: mode, replicas: replicas)
    try singleDecoding.forward(mode: mode, replicas: replicas)
    computeTerms(batch, weights)
  }

  private func computeExperts(_ present: [RowSelection]) {
    experts.removeAll(keepingCapacity: true)
    expertGradients.removeAll(keepingCapacity: true)
    jointExperts.removeAll(keepingCapacity: true)
    for (i, encoder) in encoders.enumerated() {
      let own = present[i].count
      encoder.computePosterior(own)
      experts.append(encoder.posterior.distribution(own))
      expertGradients.append(encoder.posterior.gradient(own))
      jointExperts.append(spreadExperts[i].distribution(experts[i], of: present[i]))
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
      termSums[2 * n + 1 + i] = singles[i].distribution(x.rows).divergenceToStandardNormal(
        weight: klWeight, gradient: singles[i].gradient(x.rows))
    }
    termSums[2 * n] = joint.distribution(rows).divergenceToStandardNormal(
      weight: klWeight, gradient: joint.gradient(rows))
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for modality in model.modalities { try modality.likelihood.markReady(replicas) }
    try jointDecoding.backward(moreFollows: true, replicas: replicas)
    try singleDecoding.backward(accumulating: true, replicas: replicas)
    for (i, encoder) in encoders.enumerated() {
      let (own, present) = (batch.present[i].count, batch.present[i])
      joint.distribution(rows).sampleBackward(
        noise: batch.noise[0], dz: spreadExperts[i].drawGradients(jointDecoders[i].latentGradients(own), of: present),
        gradient: joint.gradient(rows))
      singles[i].distribution(own).sampleBackward(
        noise: batch.noise[i + 1], dz: singleDecoders[i].latentGradients(own), gradient: singles[i].gradient(own))
      encoder.posterior.clearGradient(own)
      GaussianProduct.backward(
        experts[i...i], product: singles[i].distribution(own), gradient: singles[i].gradient(own),
        expertGradients: expertGradients[i...i])
    }
    jointBackward(batch)
    for (i, encoder) in encoders.enumerated() {
      try encoder.prepareBackward(batch.present[i].count, replicas: replicas)
    }
    try encoding.backward(replicas: replicas)
  }

  /// From the gradient of the joint posterior to those of its experts.
  private func jointBackward(_ batch: Batch) {
    let rows = batch.rows.local
    jointExpertGradients.removeAll(keepingCapacity: true)
    for (i, present) in batch.present.enumerated() {
      jointExpertGradients.append(spreadExperts[i].gradient(expertGradients[i], of: present))
    }
    GaussianProduct.backward(
      jointExperts[...], product: joint.distribution(rows), gradient: joint.gradient(rows),
      expertGradients: jointExpertGradients[...])
    for (i, present) in batch.present.enumerated() {
      spreadExperts[i].addGradient(to: expertGradients[i], of: present)
    }
  }
}
