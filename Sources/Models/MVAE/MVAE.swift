package import Configuration
internal import Kernels
package import Layers

/// The multimodal VAE of Wu & Goodman (2018): one latent for all, whose posterior is the product of the modalities'
/// experts and the standard normal.
package final class MVAE: Model {
  package let configuration: ModelConfiguration
  package let memory = ModelMemory()
  let modalities: [ModalityNetworks]
  let latent: Int

  init(_ configuration: ModelConfiguration, latent: Int) {
    let memory = memory
    self.configuration = configuration
    self.latent = latent
    modalities = configuration.modalities.map { ModalityNetworks($0, latent: latent, memory: memory) }
  }

  private var names: [String] { configuration.modalities.map(\.name) }

  /// log p(x_i|z) with z from all modalities; log p(x_i|z_i) with z_i from x_i alone; the divergences of both.
  package var termNames: [String] {
    names.map { "log_likelihood/joint/\($0)" } + names.map { "log_likelihood/\($0)/\($0)" } + ["kl/joint"]
      + names.map { "kl/\($0)" }
  }

  package var objectiveNoise: [NoiseDescription] {
    [NoiseDescription(name: "joint", width: latent)]
      + names.enumerated().map { NoiseDescription(name: $1, width: latent, modality: $0) }
  }

  /// The sum of the negated ELBOs of all modalities together and of each alone.
  package func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double {
    let n = modalities.count
    var loss = 0.0
    for i in 0..<n { loss -= weights.reconstruction[i] * (terms[i] + terms[n + i]) }
    for i in 0...n { loss += weights.core * terms[2 * n + i] }
    return loss
  }

  /// That of all modalities together.
  package func elbo(terms: UnsafeBufferPointer<Double>) -> Double {
    let n = modalities.count
    return terms[..<n].reduce(0, +) - terms[2 * n]
  }

  package func likelihood(of modality: Int) -> Likelihood { modalities[modality].likelihood }

  package func makeObjectivePass(rows: Int) -> any ObjectivePass { MVAEObjective(self, rows: rows) }

  package func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal {
    let posterior = ExpertPosterior(modalities, given: given, latent: latent, rows: rows)
    return SharedLatentProposal(modalities, posterior, latent: latent, decoded: decoded, draws: draws)
  }
}
