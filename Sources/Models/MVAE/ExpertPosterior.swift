internal import Kernels
internal import Layers

/// The product of the given modalities' experts and the standard normal.
final class ExpertPosterior: SharedLatentPosterior {
  private let given: [Int]
  private let encoders: [NetworkPass]
  private let posteriors: [GaussianPass]
  private let product: GaussianBuffer

  init(_ modalities: [ModalityNetworks], given: [Int], latent: Int, rows: Int) {
    self.given = given
    encoders = given.map { NetworkPass(modalities[$0].encoder, rows: rows, isTrained: false) }
    posteriors = given.map { GaussianPass(modalities[$0].posterior, rows: rows) }
    product = GaussianBuffer(latent: latent, rows: rows)
  }

  func encode(_ inputs: [Matrix], rows: Int) {
    for (encoder, index) in zip(encoders, given) { encoder.input = inputs[index].firstRows(rows) }
    for encoder in encoders { encoder.evaluate() }
    for (encoder, posterior) in zip(encoders, posteriors) { posterior.forward(encoder.output(rows)) }
    GaussianProduct.combine(posteriors.map { $0.distribution(rows) }[...], into: product.distribution(rows))
  }

  func distribution(_ rows: Int) -> DiagonalGaussian? { given.isEmpty ? nil : product.distribution(rows) }
}
