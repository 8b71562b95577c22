internal import Kernels
internal import Layers

/// The negated ELBO of eq. (13), or the negated importance-weighted bound where rows have several draws, and its gradient.
///
/// Forward: encoders; core encoder, and beside it the decoders if they need no z_c; generators; top-down decoders. Back the
/// other way, generators and decoders side by side where they can be. Networks in one step share the messages of their
/// batch norms.
final class MHVAEObjective: ObjectivePass {
  let model: MHVAE
  let modalities: [ModalityActivations]
  let core: DrawnPosterior
  /// nil with one draw a row: divergences are in closed form then.
  let drawWeights: DrawWeights?
  /// Of the last `forward`.
  private(set) var weights = ObjectiveWeights(reconstruction: [], modality: 0, core: 0)
  let termSums: UnsafeMutableBufferPointer<Double>
  private let coreEncoder: NetworkPass

  private let encoding: LockStep
  private let coreEncoding: LockStep
  private let generation: LockStep
  /// Of decoders that need z_c; nil if they need none.
  private let topDownDecoding: LockStep?
  private let generationBackward: LockStep
  private let coreEncodingBackward: LockStep

  /// The masked h_i side by side, later the gradient with respect to them.
  private let representation: FloatArena
  private let coreHiddenGradient: FloatArena
  /// dL/dz_c of every draw; used with several draws only.
  private let coreLatentGradient: FloatArena

  init(_ model: MHVAE, rows: Int, draws: Int) {
    self.model = model
    var column = 0
    modalities = model.modalities.indices.map { i in
      let start = column
      column += model.modalities[i].representation
      return ModalityActivations(model, i, columns: start..<column, rows: rows, draws: draws)
    }
    coreEncoder = NetworkPass(model.coreEncoder, rows: rows, isTrained: true)
    core = DrawnPosterior(model.corePosterior, rows: rows, draws: draws)
    drawWeights = draws > 1 ? DrawWeights(rows: rows, draws: draws) : nil

    let (decoders, generators) = (modalities.map(\.decoder.pass), modalities.map(\.generator))
    let isTopDown = model.posterior == .topDown
    encoding = LockStep(modalities.map(\.encoder))
    coreEncoding = LockStep([coreEncoder] + (isTopDown ? [] : decoders))
    generation = LockStep(generators)
    topDownDecoding = isTopDown ? LockStep(decoders) : nil
    generationBackward = LockStep(generators + (isTopDown ? [] : decoders))
    coreEncodingBackward = LockStep([coreEncoder])

    representation = FloatArena(count: rows * column)
    coreHiddenGradient = FloatArena(count: rows * model.coreEncoder.outputCount)
    coreLatentGradient = FloatArena(count: draws > 1 ? rows * draws * model.corePosterior.latent : 0)
    termSums = .allocate(capacity: model.termNames.count + (draws > 1 ? 1 : 0))
    termSums.initialize(repeating: 0)
  }

  deinit { termSums.deallocate() }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    self.weights = weights
    let rows = batch.rows.local
    for (i, modality) in modalities.enumerated() { modality.encoder.input = batch.inputs[i] }
    try encoding.forward(mode: mode, replicas: replicas)
    for (i, modality) in modalities.enumerated() {
      let (present, hidden) = (batch.present[i], modality.encoder.output(batch.present[i].count))
      modality.posterior.compute(hidden)
      if topDownDecoding == nil { modality.sampleLatent(noise: batch.noise[i + 1]) }
      representations(rows).columns(modality.columns).scatter(
        hidden, of: present, keeping: batch.keepMask?.columns(i..<i + 1))
    }
    coreEncoder.input = representations(rows)
    try coreEncoding.forward(mode: mode, replicas: replicas)
    core.compute(coreEncoder.output(rows))
    core.sample(noise: batch.noise[0])
    for (i, modality) in modalities.enumerated() { modality.readCoreLatents(batch.present[i], of: core.z(rows)) }
    try generation.forward(mode: mode, replicas: replicas)
    for modality in modalities { modality.prior.forward(modality.generator.output(modality.generator.input.rows)) }
    try decodeTopDown(batch, mode: mode, replicas: replicas)
    if let drawWeights { weigh(batch, drawWeights) } else { computeTerms(batch) }
  }

  private func decodeTopDown(_ batch: Batch, mode: PassMode, replicas: any ReplicaGroup) throws {
    guard let topDownDecoding else { return }
    for (i, modality) in modalities.enumerated() {
      let own = batch.present[i].count
      modality.posterior.combine(with: modality.priors(own), rows: own)
      modality.sampleLatent(noise: batch.noise[i + 1])
    }
    try topDownDecoding.forward(mode: mode, replicas: replicas)
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    for modality in model.modalities { try modality.likelihood.markReady(replicas) }
    try topDownDecoding?.backward(replicas: replicas)
    if topDownDecoding != nil { posteriorsBackward(batch) }
    for (i, modality) in modalities.enumerated() {
      try modality.prepareGeneratorBackward(batch.present[i].count, replicas: replicas)
    }
    try generationBackward.backward(replicas: replicas)
    if topDownDecoding == nil { posteriorsBackward(batch) }

    coreLatentBackward(batch)
    let coreHidden = coreEncoder.output(rows)
    coreEncoder.outputGradient = coreHiddenGradient.matrix(rows: rows, columns: coreHidden.columns)
    try core.heads.backward(
      input: coreHidden, inputGradient: coreEncoder.outputGradient, addingToInput: false, replicas: replicas)
    // The masked representations are read for the last time by the weight gradient, just before this overwrites them.
    coreEncoder.inputGradient = representations(rows)
    try coreEncodingBackward.backward(replicas: replicas)

    for (i, modality) in modalities.enumerated() {
      try modality.prepareEncoderBackward(
        batch.present[i], coreGradient: representations(rows).columns(modality.columns),
        keep: batch.keepMask?.columns(i..<i + 1), replicas: replicas)
    }
    try encoding.backward(replicas: replicas)
  }

  /// From the gradient of every z_i to what q(z_i|·) was made of.
  private func posteriorsBackward(_ batch: Batch) {
    for (i, modality) in modalities.enumerated() {
      let (own, noise) = (batch.present[i].count, batch.noise[i + 1])
      if let drawWeights {
        modality.weighedPosteriorBackward(
          own, noise: noise, shares: drawWeights.shares(batch.present[i]), beta: weights.modality,
          scale: 1 / Double(batch.rows.global))
      } else {
        modality.posterior.distribution(own).sampleBackward(
          noise: noise, dz: modality.decoder.latentGradients(own), gradient: modality.posterior.gradient(own))
        modality.posterior.backward(toPrior: modality.priors(own), modality.prior.gradient(own), rows: own)
      }
      modality.posterior.backwardToHeads(own)
    }
  }

  /// From the gradient of z_c, which comes through all generators, to that of q(z_c|h).
  private func coreLatentBackward(_ batch: Batch) {
    let rows = batch.rows.local
    if let drawWeights {
      let dz = coreLatentGradient.matrix(rows: rows * drawWeights.draws, columns: model.corePosterior.latent)
      weighedCoreBackward(batch, drawWeights.shares(.all(rows)), dz)
    } else {
      for (i, modality) in modalities.enumerated() {
        core.distribution(rows).sampleBackward(
          noise: batch.noise[0], dz: modality.coreLatentGradients(batch.present[i]), gradient: core.gradient(rows))
      }
    }
    core.backwardToHeads(rows)
  }

  private func representations(_ rows: Int) -> Matrix {
    representation.matrix(rows: rows, columns: model.coreEncoder.inputCount)
  }
}
