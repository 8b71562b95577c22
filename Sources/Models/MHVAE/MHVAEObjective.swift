internal import Kernels
internal import Layers

/// The negated ELBO of eq. (13) and its gradient.
///
/// Forward: encoders, then core encoder and decoders side by side, then generators. Back the other way, generators and
/// decoders side by side. Networks in one step share the messages of their batch norms.
final class MHVAEObjective: ObjectivePass {
  private let model: MHVAE
  private let modalities: [ModalityActivations]
  private let coreEncoder: NetworkPass
  private let corePosterior: GaussianPass

  private let encoding: LockStep
  private let decoding: LockStep
  private let generation: LockStep
  private let generationBackward: LockStep
  private let coreEncoding: LockStep

  /// The masked h_i side by side, later the gradient with respect to them.
  private let representation: FloatArena
  private let coreHiddenGradient: FloatArena
  private let coreLatent: FloatArena
  let termSums: UnsafeMutableBufferPointer<Double>

  init(_ model: MHVAE, rows: Int) {
    self.model = model
    var column = 0
    modalities = model.modalities.indices.map { i in
      let start = column
      column += model.modalities[i].representation
      return ModalityActivations(model, i, columns: start..<column, rows: rows)
    }
    coreEncoder = NetworkPass(model.coreEncoder, rows: rows, isTrained: true)
    corePosterior = GaussianPass(model.corePosterior, rows: rows)
    encoding = LockStep(modalities.map(\.encoder))
    decoding = LockStep([coreEncoder] + modalities.map(\.decoder.pass))
    generation = LockStep(modalities.map(\.generator))
    generationBackward = LockStep(modalities.map(\.generator) + modalities.map(\.decoder.pass))
    coreEncoding = LockStep([coreEncoder])
    representation = FloatArena(count: rows * column)
    coreHiddenGradient = FloatArena(count: rows * model.coreEncoder.outputCount)
    coreLatent = FloatArena(count: rows * model.corePosterior.latent)
    termSums = .allocate(capacity: model.termNames.count)
    termSums.initialize(repeating: 0)
  }

  deinit { termSums.deallocate() }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for (i, modality) in modalities.enumerated() { modality.encoder.input = batch.inputs[i] }
    try encoding.forward(mode: mode, replicas: replicas)
    for (i, modality) in modalities.enumerated() {
      let present = batch.present[i]
      modality.sampleLatent(present.count, noise: batch.noise[i + 1])
      representations(rows).columns(modality.columns).scatter(
        modality.encoder.output(present.count), of: present, keeping: batch.keepMask?.columns(i..<i + 1))
    }
    coreEncoder.input = representations(rows)
    try decoding.forward(mode: mode, replicas: replicas)
    corePosterior.forward(coreEncoder.output(rows))
    corePosterior.distribution(rows).sample(noise: batch.noise[0], into: coreLatents(rows))
    for (i, modality) in modalities.enumerated() {
      modality.generator.input = modality.coreLatents(batch.present[i], of: coreLatents(rows))
    }
    try generation.forward(mode: mode, replicas: replicas)
    computeTerms(batch, weights)
  }

  /// Terms and, in the same passes over memory, their gradients with respect to decoder outputs and heads.
  private func computeTerms(_ batch: Batch, _ weights: ObjectiveWeights) {
    let (rows, n) = (batch.rows.local, modalities.count)
    let scale = 1 / Double(batch.rows.global)
    for (i, modality) in modalities.enumerated() {
      let own = batch.present[i].count
      termSums[i] = modality.decoder.score(
        model.modalities[i].likelihood, x: batch.inputs[i], weight: weights.reconstruction[i] * scale)
      modality.prior.forward(modality.generator.output(own))
      termSums[n + i] = modality.posterior.distribution(own).divergence(
        to: modality.prior.distribution(own), weight: Float(weights.modality * scale),
        gradient: modality.posterior.gradient(own), otherGradient: modality.prior.gradient(own))
    }
    termSums[2 * n] = corePosterior.distribution(rows).divergenceToStandardNormal(
      weight: Float(weights.core * scale), gradient: corePosterior.gradient(rows))
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for modality in model.modalities { try modality.likelihood.markReady(replicas) }
    for (i, modality) in modalities.enumerated() {
      try modality.prepareGeneratorBackward(batch.present[i].count, replicas: replicas)
    }
    try generationBackward.backward(replicas: replicas)

    for (i, modality) in modalities.enumerated() {
      corePosterior.distribution(rows).sampleBackward(
        noise: batch.noise[0], dz: modality.coreLatentGradients(batch.present[i]),
        gradient: corePosterior.gradient(rows))
    }
    let coreHidden = coreEncoder.output(rows)
    coreEncoder.outputGradient = coreHiddenGradient.matrix(rows: rows, columns: coreHidden.columns)
    try corePosterior.backward(
      input: coreHidden, inputGradient: coreEncoder.outputGradient, addingToInput: false, replicas: replicas)
    // The masked representations are read for the last time by the weight gradient, just before this overwrites them.
    coreEncoder.inputGradient = representations(rows)
    try coreEncoding.backward(replicas: replicas)

    for (i, modality) in modalities.enumerated() {
      try modality.prepareEncoderBackward(
        batch.present[i], noise: batch.noise[i + 1], coreGradient: representations(rows).columns(modality.columns),
        keep: batch.keepMask?.columns(i..<i + 1), replicas: replicas)
    }
    try encoding.backward(replicas: replicas)
  }

  private func representations(_ rows: Int) -> Matrix {
    representation.matrix(rows: rows, columns: model.coreEncoder.inputCount)
  }

  private func coreLatents(_ rows: Int) -> Matrix {
    coreLatent.matrix(rows: rows, columns: model.corePosterior.latent)
  }
}
