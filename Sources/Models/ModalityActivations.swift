internal import Kernels
internal import Layers

/// What training computes for one modality of an MHVAE, and the gradients that pass between its networks.
final class ModalityActivations {
  /// Its columns of the core encoder's input.
  let columns: Range<Int>
  let encoder: NetworkPass
  let decoder: NetworkPass
  let generator: NetworkPass
  let posterior: GaussianPass
  let prior: GaussianPass

  private let latentWidth: Int
  private let latent: FloatArena
  private let latentGradient: FloatArena
  private let coreLatentWidth: Int
  private let coreLatentGradient: FloatArena
  private let hiddenGradient: FloatArena
  private let generatorGradient: FloatArena
  /// Where dL/d(decoder output) goes if it cannot take the place of the output itself.
  private let decoderGradient: FloatArena?

  init(_ model: MHVAE, _ index: Int, columns: Range<Int>, rows: Int) {
    let networks = model.modalities[index]
    self.columns = columns
    encoder = NetworkPass(networks.encoder, rows: rows, isTrained: true)
    decoder = NetworkPass(networks.decoder, rows: rows, isTrained: true)
    generator = NetworkPass(model.generators[index], rows: rows, isTrained: true)
    posterior = GaussianPass(networks.posterior, rows: rows)
    prior = GaussianPass(model.priors[index], rows: rows)
    latentWidth = networks.posterior.latent
    coreLatentWidth = model.corePosterior.latent
    latent = FloatArena(count: rows * latentWidth)
    latentGradient = FloatArena(count: rows * latentWidth)
    coreLatentGradient = FloatArena(count: rows * coreLatentWidth)
    hiddenGradient = FloatArena(count: rows * networks.representation)
    generatorGradient = FloatArena(count: rows * model.generators[index].outputCount)
    decoderGradient = decoder.needsOutputForBackward ? FloatArena(count: rows * networks.decoder.outputCount) : nil
  }

  /// dL/dz_c as far as it comes through this modality's generator.
  func coreLatentGradients(_ rows: Int) -> Matrix {
    coreLatentGradient.matrix(rows: rows, columns: coreLatentWidth)
  }

  /// z_i ~ q(z_i|x_i) from the encoder's output, as the decoder's input.
  func sampleLatent(_ rows: Int, noise: Matrix) {
    posterior.forward(encoder.output(rows))
    decoder.input = latent.matrix(rows: rows, columns: latentWidth)
    posterior.distribution(rows).sample(noise: noise, into: decoder.input)
  }

  /// The decoder's output, to be turned into its gradient in place by the likelihood.
  func prepareDecoderGradient(_ rows: Int) -> Matrix {
    let output = decoder.output(rows)
    decoder.outputGradient = output
    if let decoderGradient {
      decoder.outputGradient = decoderGradient.matrix(rows: rows, columns: output.columns)
      decoder.outputGradient.copy(from: output, keeping: nil)
    }
    return decoder.outputGradient
  }

  /// From the gradients of prior heads and decoder output to where the networks' way back starts.
  func prepareGeneratorAndDecoderBackward(_ rows: Int) {
    let generated = generator.output(rows)
    generator.outputGradient = generatorGradient.matrix(rows: rows, columns: generated.columns)
    prior.backward(input: generated, inputGradient: generator.outputGradient, addingToInput: false)
    generator.inputGradient = coreLatentGradients(rows)
    decoder.inputGradient = latentGradient.matrix(rows: rows, columns: latentWidth)
  }

  /// From the gradients of z_i and of the masked representation to the encoder's output.
  func prepareEncoderBackward(_ rows: Int, noise: Matrix, coreGradient: Matrix, keep: Matrix?) {
    encoder.outputGradient = hiddenGradient.matrix(rows: rows, columns: columns.count)
    encoder.outputGradient.copy(from: coreGradient, keeping: keep)
    posterior.distribution(rows).sampleBackward(
      noise: noise, dz: latentGradient.matrix(rows: rows, columns: latentWidth), gradient: posterior.gradient(rows))
    posterior.backward(
      input: encoder.output(rows), inputGradient: encoder.outputGradient, addingToInput: true)
  }
}
