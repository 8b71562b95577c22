package import Configuration
internal import Kernels
package import Layers

/// The multimodal hierarchical VAE of Vasco, Melo & Paiva (arXiv 2006.02991).
///
/// Every modality has a latent z_i of its own; a core latent z_c, read from the masked concatenation of the encoders'
/// last hidden layers h_i, generates a prior p(z_i|z_c) for each of them.
package final class MHVAE: Model {
  package let configuration: ModelConfiguration
  package let memory = ModelMemory()
  let modalities: [ModalityNetworks]
  let coreEncoder: Network
  let corePosterior: GaussianHeads
  let generators: [Network]
  let priors: [GaussianHeads]
  let posterior: MHVAEConfiguration.Posterior

  init(_ configuration: ModelConfiguration, _ core: MHVAEConfiguration) {
    let memory = memory
    self.configuration = configuration
    posterior = core.posterior
    modalities = configuration.modalities.map { ModalityNetworks($0, latent: $0.latent, memory: memory) }
    let order = concatenatedOrder(of: modalities.map(\.encoder))
    coreEncoder = Network(
      core.encoder, prefix: "core.encoder", input: .flat(order.count), inputOrder: order, memory: memory)
    corePosterior = GaussianHeads(
      prefix: "core.posterior", inputOrder: coreEncoder.outputShape.memoryOrder, latent: core.latent, memory: memory)
    generators = configuration.modalities.map {
      Network(core.generator, prefix: "core.generator.\($0.name)", input: .flat(core.latent), memory: memory)
    }
    priors = zip(configuration.modalities, generators).map { modality, generator in
      GaussianHeads(
        prefix: "core.prior.\(modality.name)", inputOrder: generator.outputShape.memoryOrder, latent: modality.latent,
        memory: memory)
    }
  }

  /// log p(x_i|z_i) of each modality, KL[q(z_i|x_i) || p(z_i|z_c)] of each, KL[q(z_c|h) || N(0, I)].
  package var termNames: [String] {
    configuration.modalities.map { "log_likelihood/\($0.name)" } + configuration.modalities.map { "kl/\($0.name)" }
      + ["kl/core"]
  }

  package var objectiveNoise: [NoiseDescription] {
    [NoiseDescription(name: "core", width: corePosterior.latent)]
      + configuration.modalities.enumerated().map { NoiseDescription(name: $1.name, width: $1.latent, modality: $0) }
  }

  package func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double {
    let n = modalities.count
    var loss = weights.core * terms[2 * n]
    for i in 0..<n { loss += weights.modality * terms[n + i] - weights.reconstruction[i] * terms[i] }
    return terms.count > 2 * n + 1 ? loss - terms[2 * n + 1] : loss
  }

  package func elbo(terms: UnsafeBufferPointer<Double>) -> Double {
    let n = modalities.count
    return terms[..<n].reduce(0, +) - terms[n...2 * n].reduce(0, +)
  }

  package func likelihood(of modality: Int) -> Likelihood { modalities[modality].likelihood }

  package func makeObjectivePass(rows: Int) -> any ObjectivePass { makeObjectivePass(rows: rows, draws: 1) }

  package func makeObjectivePass(rows: Int, draws: Int) -> any ObjectivePass {
    MHVAEObjective(self, rows: rows, draws: draws)
  }

  package func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal {
    MHVAEProposal(self, given: given, decoded: decoded, rows: rows, draws: draws)
  }
}
