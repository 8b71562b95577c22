package import Configuration
internal import Kernels
package import Layers

/// JMVAE-kl of Suzuki, Nakayama & Matsuo (2016): one latent for all, a joint encoder over all modalities, and a
/// unimodal encoder for each that is drawn to it.
package final class JMVAE: Model {
  package let configuration: ModelConfiguration
  package let memory = ModelMemory()
  let modalities: [ModalityNetworks]
  /// The joint encoder's own copy of every modality's trunk.
  let jointEncoders: [Network]
  let jointPosterior: GaussianHeads
  let latent: Int
  let alpha: Double

  init(_ configuration: ModelConfiguration, _ family: JMVAEConfiguration) {
    let (memory, latent) = (memory, family.latent)
    self.configuration = configuration
    (self.latent, alpha) = (latent, family.alpha)
    modalities = configuration.modalities.map { ModalityNetworks($0, latent: latent, memory: memory) }
    jointEncoders = configuration.modalities.map {
      Network($0.encoder, prefix: "joint.encoder.\($0.name)", input: $0.shape, memory: memory)
    }
    jointPosterior = GaussianHeads(
      prefix: "joint.posterior", inputOrder: concatenatedOrder(of: jointEncoders), latent: latent, memory: memory)
  }

  private var names: [String] { configuration.modalities.map(\.name) }

  /// log p(x_i|z); KL[q(z|all) || q(z|x_i)]; KL[q(z|all) || N(0, I)].
  package var termNames: [String] {
    names.map { "log_likelihood/\($0)" } + names.map { "kl/\($0)" } + ["kl/joint"]
  }

  package var objectiveNoise: [NoiseDescription] { [NoiseDescription(name: "joint", width: latent)] }

  package func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double {
    let n = modalities.count
    var loss = weights.core * terms[2 * n]
    for i in 0..<n { loss += alpha * terms[n + i] - weights.reconstruction[i] * terms[i] }
    return loss
  }

  package func elbo(terms: UnsafeBufferPointer<Double>) -> Double {
    let n = modalities.count
    return terms[..<n].reduce(0, +) - terms[2 * n]
  }

  package func likelihood(of modality: Int) -> Likelihood { modalities[modality].likelihood }

  package func makeObjectivePass(rows: Int) -> any ObjectivePass { JMVAEObjective(self, rows: rows) }

  /// All modalities have the joint posterior. Fewer have that of the first of them: JMVAE learns none for other
  /// subsets, and importance sampling is consistent with any proposal.
  package func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal {
    let posterior: any SharedLatentPosterior =
      given.count == modalities.count
      ? JointPosterior(self, rows: rows) : FirstPosterior(modalities, given: given, rows: rows)
    return SharedLatentProposal(modalities, posterior, latent: latent, decoded: decoded, draws: draws)
  }
}
