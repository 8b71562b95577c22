internal import Kernels
internal import Layers

/// The joint encoder of a JMVAE, when all modalities are given.
final class JointPosterior: SharedLatentPosterior {
  private let joint: JointEncoderActivations

  init(_ model: JMVAE, rows: Int) {
    joint = JointEncoderActivations(model, rows: rows, isTrained: false)
  }

  func encode(_ inputs: [Matrix], rows: Int) {
    for (pass, input) in zip(joint.passes, inputs) { pass.input = input.firstRows(rows) }
    for pass in joint.passes { pass.evaluate() }
    joint.computePosterior(rows)
  }

  func distribution(_ rows: Int) -> DiagonalGaussian? { joint.posterior.distribution(rows) }
}
