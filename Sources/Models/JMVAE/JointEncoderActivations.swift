internal import Kernels
internal import Layers

/// What the joint encoder of a JMVAE computes: its trunks, their hidden layers side by side, its heads.
final class JointEncoderActivations {
  let passes: [NetworkPass]
  let posterior: GaussianPass
  private let representation: FloatArena
  private let gradients: [FloatArena]
  private let width: Int

  init(_ model: JMVAE, rows: Int, isTrained: Bool) {
    passes = model.jointEncoders.map { NetworkPass($0, rows: rows, isTrained: isTrained) }
    posterior = GaussianPass(model.jointPosterior, rows: rows)
    width = model.jointPosterior.inputCount
    representation = FloatArena(count: rows * width)
    gradients = model.jointEncoders.map { FloatArena(count: isTrained ? rows * $0.outputCount : 0) }
  }

  /// From the trunks' outputs to the posterior.
  func computePosterior(_ rows: Int) {
    let hidden = representation.matrix(rows: rows, columns: width)
    var column = 0
    for pass in passes {
      let output = pass.output(rows)
      hidden.columns(column..<column + output.columns).copy(from: output, keeping: nil)
      column += output.columns
    }
    posterior.forward(hidden)
  }

  /// From the gradient of the heads to where the trunks' way back starts.
  func prepareBackward(_ rows: Int, replicas: any ReplicaGroup) throws {
    let hidden = representation.matrix(rows: rows, columns: width)
    // Read for the last time by the heads' weight gradient, just before this overwrites it.
    try posterior.backward(input: hidden, inputGradient: hidden, addingToInput: false, replicas: replicas)
    var column = 0
    for (pass, gradient) in zip(passes, gradients) {
      let columns = pass.output(rows).columns
      pass.outputGradient = gradient.matrix(rows: rows, columns: columns)
      pass.outputGradient.copy(from: hidden.columns(column..<column + columns), keeping: nil)
      column += columns
    }
  }
}
