internal import Kernels
package import Layers

/// What training computes in one modality's encoder and its Gaussian heads.
package final class EncoderActivations {
  package let pass: NetworkPass
  package let posterior: GaussianPass
  private let hiddenGradient: FloatArena

  package init(_ networks: ModalityNetworks, rows: Int) {
    pass = NetworkPass(networks.encoder, rows: rows, isTrained: true)
    posterior = GaussianPass(networks.posterior, rows: rows)
    hiddenGradient = FloatArena(count: rows * networks.representation)
  }

  package func computePosterior(_ rows: Int) { posterior.forward(pass.output(rows)) }

  /// From the gradient of the heads to where the encoder's way back starts.
  package func prepareBackward(_ rows: Int, replicas: any ReplicaGroup) throws {
    let hidden = pass.output(rows)
    pass.outputGradient = hiddenGradient.matrix(rows: rows, columns: hidden.columns)
    try posterior.backward(
      input: hidden, inputGradient: pass.outputGradient, addingToInput: false, replicas: replicas)
  }
}
