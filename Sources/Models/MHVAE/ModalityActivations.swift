internal import Kernels
internal import Layers

/// What training computes for one modality of an MHVAE, and the gradients that pass between its networks.
final class ModalityActivations {
  /// Its columns of the core encoder's input.
  let columns: Range<Int>
  let encoder: NetworkPass
  let decoder: DecoderActivations
  let generator: NetworkPass
  let posterior: GaussianPass
  let prior: GaussianPass

  private let latentWidth: Int
  private let latent: FloatArena
  private let coreLatentWidth: Int
  /// z_c and dL/dz_c of the rows that have the modality, and of all rows; used only where some lack it.
  private let selectedCoreLatent: FloatArena
  private let coreLatentGradient: FloatArena
  private let spreadGradient: FloatArena
  private let hiddenGradient: FloatArena
  private let generatorGradient: FloatArena

  init(_ model: MHVAE, _ index: Int, columns: Range<Int>, rows: Int) {
    let networks = model.modalities[index]
    self.columns = columns
    encoder = NetworkPass(networks.encoder, rows: rows, isTrained: true)
    decoder = DecoderActivations(networks.decoder, rows: rows)
    generator = NetworkPass(model.generators[index], rows: rows, isTrained: true)
    posterior = GaussianPass(networks.posterior, rows: rows)
    prior = GaussianPass(model.priors[index], rows: rows)
    latentWidth = networks.posterior.latent
    coreLatentWidth = model.corePosterior.latent
    latent = FloatArena(count: rows * latentWidth)
    selectedCoreLatent = FloatArena(count: rows * coreLatentWidth)
    coreLatentGradient = FloatArena(count: rows * coreLatentWidth)
    spreadGradient = FloatArena(count: rows * coreLatentWidth)
    hiddenGradient = FloatArena(count: rows * networks.representation)
    generatorGradient = FloatArena(count: rows * model.generators[index].outputCount)
  }

  /// z_c of the rows that have the modality.
  func coreLatents(_ present: RowSelection, of all: Matrix) -> Matrix {
    guard !present.isAll else { return all }
    let selected = selectedCoreLatent.matrix(rows: present.count, columns: coreLatentWidth)
    selected.gather(present, of: all)
    return selected
  }

  /// dL/dz_c of all rows, as far as it comes through this modality's generator.
  func coreLatentGradients(_ present: RowSelection) -> Matrix {
    let own = coreLatentGradient.matrix(rows: present.count, columns: coreLatentWidth)
    guard !present.isAll else { return own }
    let all = spreadGradient.matrix(rows: present.rowCount, columns: coreLatentWidth)
    all.scatter(own, of: present)
    return all
  }

  /// z_i ~ q(z_i|x_i) from the encoder's output, as the decoder's input.
  func sampleLatent(_ rows: Int, noise: Matrix) {
    posterior.forward(encoder.output(rows))
    decoder.pass.input = latent.matrix(rows: rows, columns: latentWidth)
    posterior.distribution(rows).sample(noise: noise, into: decoder.pass.input)
  }

  /// From the gradients of the prior heads to where the generator's way back starts.
  func prepareGeneratorBackward(_ rows: Int, replicas: any ReplicaGroup) throws {
    let generated = generator.output(rows)
    generator.outputGradient = generatorGradient.matrix(rows: rows, columns: generated.columns)
    try prior.backward(
      input: generated, inputGradient: generator.outputGradient, addingToInput: false, replicas: replicas)
    generator.inputGradient = coreLatentGradient.matrix(rows: rows, columns: coreLatentWidth)
  }

  /// From the gradients of z_i and of the masked representation to the encoder's output.
  func prepareEncoderBackward(
    _ present: RowSelection, noise: Matrix, coreGradient: Matrix, keep: Matrix?, replicas: any ReplicaGroup
  ) throws {
    let rows = present.count
    encoder.outputGradient = hiddenGradient.matrix(rows: rows, columns: columns.count)
    encoder.outputGradient.gather(present, of: coreGradient, keeping: keep)
    posterior.distribution(rows).sampleBackward(
      noise: noise, dz: decoder.latentGradients(rows), gradient: posterior.gradient(rows))
    try posterior.backward(
      input: encoder.output(rows), inputGradient: encoder.outputGradient, addingToInput: true, replicas: replicas)
  }
}
