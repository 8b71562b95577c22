package import Kernels
internal import Layers

/// q(z|given) of a model with one latent, one Gaussian for each encoded row.
package protocol SharedLatentPosterior: AnyObject {
  /// The Gaussian of a row that has nothing of what is given is the prior.
  func encode(_ observations: Observations)
  /// nil where nothing is given: z comes from the prior then.
  func distribution(_ rows: Int) -> DiagonalGaussian?
  /// Whether an encoded row has anything of what is given: if not, z comes from the prior.
  func isGiven(_ row: Int) -> Bool
}

extension SharedLatentPosterior {
  package func isGiven(_ row: Int) -> Bool { true }
}

/// Latents of a model with one latent for given modalities: z ~ q(z|S), or N(0, I) without any.
package final class SharedLatentProposal: Proposal {
  package let noise: [NoiseDescription]
  private let posterior: any SharedLatentPosterior
  private let draws: FloatArena
  private let latent: Int
  private let decoders: [Int: NetworkPass]
  private var encodedRows = 0

  package init(
    _ modalities: [ModalityNetworks], _ posterior: any SharedLatentPosterior, latent: Int, decoded: [Int], draws: Int
  ) {
    noise = [NoiseDescription(name: "latent", width: latent)]
    self.posterior = posterior
    self.latent = latent
    self.draws = FloatArena(count: draws * latent)
    decoders = Dictionary(
      uniqueKeysWithValues: decoded.map {
        ($0, NetworkPass(modalities[$0].decoder, rows: draws, isTrained: false))
      })
  }

  package func encode(_ observations: Observations) {
    encodedRows = observations.rows
    posterior.encode(observations)
  }

  package var posteriors: [LatentPosterior] {
    posterior.distribution(encodedRows).map {
      [LatentPosterior(name: noise[0].name, modality: nil, distribution: $0)]
    } ?? []
  }

  package func draw(row: Int, noise: [Matrix], draws: Int, logWeights: UnsafeMutablePointer<Double>) {
    logWeights.update(repeating: 0, count: draws)
    let z = self.draws.matrix(rows: draws, columns: latent)
    for decoder in decoders.values { decoder.input = z }
    guard posterior.isGiven(row), let posteriors = posterior.distribution(encodedRows) else {
      z.copy(from: noise[0], keeping: nil)
      return
    }
    let distribution = posteriors.repeating(row: row, count: draws)
    distribution.sample(noise: noise[0], into: z)
    addStandardNormalLogDensity(of: z, to: logWeights)
    distribution.subtractLogDensity(ofDrawsFrom: noise[0], from: logWeights)
  }

  package func latents(draws: Int) -> [Matrix] { [self.draws.matrix(rows: draws, columns: latent)] }

  package func decode(_ modality: Int, draws: Int, reading read: (_ draws: Range<Int>, _ output: Matrix) -> Void) {
    guard let decoder = decoders[modality] else {
      preconditionFailure("modality \(modality) is not among those to be decoded")
    }
    precondition(decoder.input.rows == draws, "\(draws) of \(decoder.input.rows) draws cannot be decoded alone")
    decoder.evaluate(reading: read)
  }
}
