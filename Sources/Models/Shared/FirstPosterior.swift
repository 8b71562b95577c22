package import Kernels
internal import Layers

/// The first given modality's own posterior.
package final class FirstPosterior: SharedLatentPosterior {
  private let first: (index: Int, encoder: NetworkPass, posterior: GaussianPass)?

  package init(_ modalities: [ModalityNetworks], given: [Int], rows: Int) {
    first = given.first.map { index in
      let encoder = NetworkPass(modalities[index].encoder, rows: rows, isTrained: false)
      return (index, encoder, GaussianPass(modalities[index].posterior, rows: rows))
    }
  }

  package func encode(_ observations: Observations) {
    guard let first else { return }
    first.encoder.input = observations.inputs[first.index]
    first.encoder.evaluate()
    first.posterior.forward(first.encoder.output(observations.rows))
  }

  package func distribution(_ rows: Int) -> DiagonalGaussian? { first?.posterior.distribution(rows) }
}
