internal import Kernels
internal import Layers

/// The negated objective of JMVAE-kl and its gradient.
final class JMVAEObjective: ObjectivePass {
  private let model: JMVAE
  private let encoders: [EncoderActivations]
  private let joint: JointEncoderActivations
  private let decoders: [DecoderActivations]
  private let encoding: LockStep
  private let decoding: LockStep
  private let latent: FloatArena
  let termSums: UnsafeMutableBufferPointer<Double>

  init(_ model: JMVAE, rows: Int) {
    self.model = model
    encoders = model.modalities.map { EncoderActivations($0, rows: rows) }
    joint = JointEncoderActivations(model, rows: rows, isTrained: true)
    decoders = model.modalities.map { DecoderActivations($0.decoder, rows: rows) }
    encoding = LockStep(encoders.map(\.pass) + joint.passes)
    decoding = LockStep(decoders.map(\.pass))
    latent = FloatArena(count: rows * model.latent)
    termSums = .allocate(capacity: model.termNames.count)
    termSums.initialize(repeating: 0)
  }

  deinit { termSums.deallocate() }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for (i, encoder) in encoders.enumerated() {
      encoder.pass.input = batch.inputs[i]
      joint.passes[i].input = batch.inputs[i]
    }
    try encoding.forward(mode: mode, replicas: replicas)
    for encoder in encoders { encoder.computePosterior(rows) }
    joint.computePosterior(rows)
    let z = latent.matrix(rows: rows, columns: model.latent)
    joint.posterior.distribution(rows).sample(noise: batch.noise[0], into: z)
    for decoder in decoders { decoder.pass.input = z }
    try decoding.forward(mode: mode, replicas: replicas)
    computeTerms(batch, weights)
  }

  private func computeTerms(_ batch: Batch, _ weights: ObjectiveWeights) {
    let (rows, n) = (batch.rows.local, encoders.count)
    let scale = 1 / Double(batch.rows.global)
    let posterior = joint.posterior.distribution(rows)
    termSums[2 * n] = posterior.divergenceToStandardNormal(
      weight: Float(weights.core * scale), gradient: joint.posterior.gradient(rows))
    for i in 0..<n {
      termSums[i] = decoders[i].score(
        model.modalities[i].likelihood, x: batch.inputs[i], weight: weights.reconstruction[i] * scale)
      termSums[n + i] = posterior.divergence(
        to: encoders[i].posterior.distribution(rows), weight: Float(model.alpha * scale),
        gradient: joint.posterior.gradient(rows), otherGradient: encoders[i].posterior.gradient(rows),
        accumulating: true)
    }
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for modality in model.modalities { try modality.likelihood.markReady(replicas) }
    try decoding.backward(replicas: replicas)
    for decoder in decoders {
      joint.posterior.distribution(rows).sampleBackward(
        noise: batch.noise[0], dz: decoder.latentGradients(rows), gradient: joint.posterior.gradient(rows))
    }
    for encoder in encoders { try encoder.prepareBackward(rows, replicas: replicas) }
    try joint.prepareBackward(rows, replicas: replicas)
    try encoding.backward(replicas: replicas)
  }
}
