package import Configuration
internal import Kernels
package import Layers

/// Where the values of several networks' outputs, one behind another, lie in files.
func concatenatedOrder(of networks: [Network]) -> [Int] {
  networks.reduce(into: []) { order, network in
    let offset = order.count
    order += network.outputShape.memoryOrder.map { offset + $0 }
  }
}

/// What every family has for a modality: an encoder with Gaussian heads, a decoder, a likelihood.
package struct ModalityNetworks {
  package let configuration: ModalityConfiguration
  package let encoder: Network
  package let posterior: GaussianHeads
  package let decoder: Network
  package let likelihood: Likelihood

  /// Width of h_i, the encoder's last hidden layer.
  package var representation: Int { encoder.outputCount }

  /// - Parameter latent: width of the latent that encoder and decoder share.
  package init(_ modality: ModalityConfiguration, latent: Int, memory: ModelMemory) {
    let prefix = "modality.\(modality.name)"
    configuration = modality
    encoder = Network(modality.encoder, prefix: "\(prefix).encoder", input: modality.shape, memory: memory)
    posterior = GaussianHeads(
      prefix: "\(prefix).posterior", inputOrder: encoder.outputShape.memoryOrder, latent: latent, memory: memory)
    decoder = Network(
      modality.decoder, prefix: "\(prefix).decoder", input: .flat(latent), output: modality.shape, memory: memory)
    likelihood = Likelihood(modality, memory: memory)
  }
}
