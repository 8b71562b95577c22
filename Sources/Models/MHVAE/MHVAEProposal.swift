internal import Configuration
internal import Kernels
internal import Layers

/// Latents of an MHVAE for given modalities S: z_c ~ q(z_c|h_S), or N(0, I) without any; z_i ~ q(z_i|x_i) for i in S;
/// z_i ~ p(z_i|z_c) for the other decoded ones, whose weight is 1. With a top-down posterior z_i ~ q(z_i|x_i, z_c).
final class MHVAEProposal: Proposal {
  private let model: MHVAE
  private let given: [Int]
  /// Modalities whose latent is drawn: given or decoded, in the model's order.
  private let drawn: [Int]
  let noise: [NoiseDescription]

  // Encoding, one row a data row.
  private let encoders: [NetworkPass]
  private let modalityPosteriors: [GaussianPass]
  private let representation: FloatArena
  private let coreEncoder: NetworkPass
  private let corePosterior: GaussianPass
  private var observations = Observations([])
  private var encodedRows: Int { observations.rows }

  // Drawing, one row a draw.
  private let coreLatent: FloatArena
  private let generators: [NetworkPass]
  private let priors: [GaussianPass]
  private let latents: [FloatArena]
  private let decoders: [Int: NetworkPass]
  /// q(z_i|x_i, z_c) of draws, or of encoded rows at the mean of z_c; for each drawn modality, none but where top-down.
  private let products: [GaussianBuffer]

  init(_ model: MHVAE, given: [Int], decoded: [Int], rows: Int, draws: Int) {
    let drawn = model.modalities.indices.filter { given.contains($0) || decoded.contains($0) }
    self.model = model
    self.given = given
    self.drawn = drawn
    noise = [model.objectiveNoise[0]] + drawn.map { model.objectiveNoise[$0 + 1] }

    encoders = given.map { NetworkPass(model.modalities[$0].encoder, rows: rows, isTrained: false) }
    modalityPosteriors = given.map { GaussianPass(model.modalities[$0].posterior, rows: rows) }
    representation = FloatArena(count: rows * model.coreEncoder.inputCount)
    coreEncoder = NetworkPass(model.coreEncoder, rows: rows, isTrained: false)
    corePosterior = GaussianPass(model.corePosterior, rows: rows)

    let isTopDown = model.posterior == .topDown
    let generated = isTopDown ? max(rows, draws) : draws
    coreLatent = FloatArena(count: draws * model.corePosterior.latent)
    generators = drawn.map { NetworkPass(model.generators[$0], rows: generated, isTrained: false) }
    priors = drawn.map { GaussianPass(model.priors[$0], rows: generated) }
    products =
      isTopDown
      ? drawn.map { GaussianBuffer(latent: model.modalities[$0].posterior.latent, rows: generated) } : []
    latents = drawn.map { FloatArena(count: draws * model.modalities[$0].posterior.latent) }
    decoders = Dictionary(
      uniqueKeysWithValues: decoded.map {
        ($0, NetworkPass(model.modalities[$0].decoder, rows: draws, isTrained: false))
      })
  }

  func encode(_ observations: Observations) {
    self.observations = observations
    let rows = encodedRows
    guard !given.isEmpty else { return }
    for (encoder, index) in zip(encoders, given) { encoder.input = observations.inputs[index] }
    for encoder in encoders { encoder.evaluate() }
    coreEncoder.input = representation.matrix(rows: rows, columns: model.coreEncoder.inputCount)
    var column = 0
    for (index, modality) in model.modalities.enumerated() {
      let block = coreEncoder.input.columns(column..<column + modality.representation)
      column += modality.representation
      guard let place = given.firstIndex(of: index) else {
        block.fill(0)
        continue
      }
      block.copy(from: encoders[place].output(rows), keeping: observations.flags(of: index))
      modalityPosteriors[place].forward(encoders[place].output(rows))
    }
    coreEncoder.evaluate()
    corePosterior.forward(coreEncoder.output(rows))
    let core = corePosterior.distribution(rows)
    for row in 0..<rows where !isCoreGiven(row) {
      core.mean.rows(row..<row + 1).fill(0)
      core.logvar.rows(row..<row + 1).fill(0)
    }
  }

  /// Whether a row has anything of what is given; otherwise its core latent comes from the prior.
  private func isCoreGiven(_ row: Int) -> Bool { given.contains { observations.has($0, row: row) } }

  var posteriors: [LatentPosterior] {
    guard !given.isEmpty else { return [] }
    let core = LatentPosterior(
      name: noise[0].name, modality: nil, distribution: corePosterior.distribution(encodedRows))
    return [core]
      + zip(given, modalityPosteriors).map { index, posterior in
        let expert = posterior.distribution(encodedRows)
        return LatentPosterior(
          name: model.modalities[index].configuration.name, modality: index,
          distribution: products.isEmpty ? expert : product(of: expert, index, at: core.distribution.mean))
      }
  }

  /// q(z_i|x_i, z_c) of all encoded rows, z_c at its mean.
  private func product(of expert: DiagonalGaussian, _ modality: Int, at coreMeans: Matrix) -> DiagonalGaussian {
    guard let place = drawn.firstIndex(of: modality) else { preconditionFailure("what is given is drawn") }
    generators[place].input = coreMeans
    generators[place].evaluate()
    priors[place].forward(generators[place].output(expert.rows))
    let product = products[place].distribution(expert.rows)
    GaussianProduct.combine(expert, priors[place].distribution(expert.rows), into: product)
    return product
  }

  func draw(row: Int, noise: [Matrix], draws: Int, logWeights: UnsafeMutablePointer<Double>) {
    logWeights.update(repeating: 0, count: draws)
    drawCore(row: row, noise: noise[0], draws: draws, logWeights: logWeights)
    for generator in generators { generator.evaluate() }
    for (place, index) in drawn.enumerated() {
      priors[place].forward(generators[place].output(draws))
      let prior = priors[place].distribution(draws)
      let z = latents[place].matrix(rows: draws, columns: prior.latent)
      if let source = given.firstIndex(of: index), observations.has(index, row: row) {
        let expert = modalityPosteriors[source].distribution(encodedRows).repeating(row: row, count: draws)
        let posterior = products.isEmpty ? expert : products[place].distribution(draws)
        if !products.isEmpty { GaussianProduct.combine(expert, prior, into: posterior) }
        posterior.sample(noise: noise[place + 1], into: z)
        prior.addLogDensity(of: z, sign: 1, to: logWeights)
        posterior.subtractLogDensity(ofDrawsFrom: noise[place + 1], from: logWeights)
      } else {
        prior.sample(noise: noise[place + 1], into: z)
      }
    }
  }

  private func drawCore(row: Int, noise: Matrix, draws: Int, logWeights: UnsafeMutablePointer<Double>) {
    let z = coreLatent.matrix(rows: draws, columns: model.corePosterior.latent)
    for generator in generators { generator.input = z }
    guard isCoreGiven(row) else {
      z.copy(from: noise, keeping: nil)
      return
    }
    let posterior = corePosterior.distribution(encodedRows).repeating(row: row, count: draws)
    posterior.sample(noise: noise, into: z)
    addStandardNormalLogDensity(of: z, to: logWeights)
    posterior.subtractLogDensity(ofDrawsFrom: noise, from: logWeights)
  }

  func latents(draws: Int) -> [Matrix] {
    zip([coreLatent] + latents, noise).map { $0.matrix(rows: draws, columns: $1.width) }
  }

  func decode(_ modality: Int, draws: Int, reading read: (_ draws: Range<Int>, _ output: Matrix) -> Void) {
    guard let place = drawn.firstIndex(of: modality), let decoder = decoders[modality] else {
      preconditionFailure("modality \(modality) is not among those to be decoded")
    }
    decoder.input = latents[place].matrix(rows: draws, columns: model.modalities[modality].posterior.latent)
    decoder.evaluate(reading: read)
  }
}
