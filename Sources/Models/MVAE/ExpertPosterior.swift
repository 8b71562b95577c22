internal import Kernels
internal import Layers

/// The product of the given modalities' experts and the standard normal.
final class ExpertPosterior: SharedLatentPosterior {
  private let given: [Int]
  private let encoders: [NetworkPass]
  private let posteriors: [GaussianPass]
  private let product: GaussianBuffer
  private var observations = Observations([])

  init(_ modalities: [ModalityNetworks], given: [Int], latent: Int, rows: Int) {
    self.given = given
    encoders = given.map { NetworkPass(modalities[$0].encoder, rows: rows, isTrained: false) }
    posteriors = given.map { GaussianPass(modalities[$0].posterior, rows: rows) }
    product = GaussianBuffer(latent: latent, rows: rows)
  }

  func encode(_ observations: Observations) {
    self.observations = observations
    let rows = observations.rows
    for (encoder, index) in zip(encoders, given) { encoder.input = observations.inputs[index] }
    for encoder in encoders { encoder.evaluate() }
    for (place, posterior) in posteriors.enumerated() {
      posterior.forward(encoders[place].output(rows))
      for row in 0..<rows where !observations.has(given[place], row: row) { posterior.distribution(rows).forget(row) }
    }
    GaussianProduct.combine(posteriors.map { $0.distribution(rows) }[...], into: product.distribution(rows))
  }

  func isGiven(_ row: Int) -> Bool { given.contains { observations.has($0, row: row) } }

  func distribution(_ rows: Int) -> DiagonalGaussian? { given.isEmpty ? nil : product.distribution(rows) }
}
