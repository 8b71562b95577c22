internal import Kernels
internal import Layers

/// The joint encoder of a JMVAE, when all modalities are given.
final class JointPosterior: SharedLatentPosterior {
  private let joint: JointEncoderActivations

  init(_ model: JMVAE, rows: Int) {
    joint = JointEncoderActivations(model, rows: rows, isTrained: false)
  }

  func encode(_ observations: Observations) {
    for (pass, input) in zip(joint.passes, observations.inputs) { pass.input = input }
    for pass in joint.passes { pass.evaluate() }
    joint.computePosterior(observations.rows)
  }

  func distribution(_ rows: Int) -> DiagonalGaussian? { joint.posterior.distribution(rows) }
}
