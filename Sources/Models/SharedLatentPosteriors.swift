internal import Kernels
internal import Layers

/// The product of the given modalities' experts and the standard normal.
final class ExpertPosterior: SharedLatentPosterior {
  private let given: [Int]
  private let encoders: [NetworkPass]
  private let posteriors: [GaussianPass]
  private let encoding: LockStep
  private let product: GaussianBuffer

  init(_ modalities: [ModalityNetworks], given: [Int], latent: Int, rows: Int) {
    self.given = given
    encoders = given.map { NetworkPass(modalities[$0].encoder, rows: rows, isTrained: false) }
    posteriors = given.map { GaussianPass(modalities[$0].posterior, rows: rows) }
    encoding = LockStep(encoders)
    product = GaussianBuffer(latent: latent, rows: rows)
  }

  func encode(_ inputs: [Matrix], rows: Int) {
    for (encoder, index) in zip(encoders, given) { encoder.input = inputs[index].firstRows(rows) }
    encoding.evaluate(rows: rows)
    for (encoder, posterior) in zip(encoders, posteriors) { posterior.forward(encoder.output(rows)) }
    GaussianProduct.combine(posteriors.map { $0.distribution(rows) }[...], into: product.distribution(rows))
  }

  func distribution(_ rows: Int) -> DiagonalGaussian? { given.isEmpty ? nil : product.distribution(rows) }
}

/// The first given modality's own posterior.
final class FirstPosterior: SharedLatentPosterior {
  private let first: (index: Int, encoder: NetworkPass, steps: LockStep, posterior: GaussianPass)?

  init(_ modalities: [ModalityNetworks], given: [Int], rows: Int) {
    first = given.first.map { index in
      let encoder = NetworkPass(modalities[index].encoder, rows: rows, isTrained: false)
      return (index, encoder, LockStep([encoder]), GaussianPass(modalities[index].posterior, rows: rows))
    }
  }

  func encode(_ inputs: [Matrix], rows: Int) {
    guard let first else { return }
    first.encoder.input = inputs[first.index].firstRows(rows)
    first.steps.evaluate(rows: rows)
    first.posterior.forward(first.encoder.output(rows))
  }

  func distribution(_ rows: Int) -> DiagonalGaussian? { first?.posterior.distribution(rows) }
}

/// The joint encoder of a JMVAE, when all modalities are given.
final class JointPosterior: SharedLatentPosterior {
  private let joint: JointEncoderActivations
  private let encoding: LockStep

  init(_ model: JMVAE, rows: Int) {
    joint = JointEncoderActivations(model, rows: rows, isTrained: false)
    encoding = LockStep(joint.passes)
  }

  func encode(_ inputs: [Matrix], rows: Int) {
    for (pass, input) in zip(joint.passes, inputs) { pass.input = input.firstRows(rows) }
    encoding.evaluate(rows: rows)
    joint.computePosterior(rows)
  }

  func distribution(_ rows: Int) -> DiagonalGaussian? { joint.posterior.distribution(rows) }
}
