internal import Kernels
internal import Layers

/// What training computes for one modality of an MHVAE, and the gradients that pass between its networks. The encoder has
/// a row for each row that has the modality; decoder and generator have one for each draw.
final class ModalityActivations {
  /// Its columns of the core encoder's input.
  let columns: Range<Int>
  let encoder: NetworkPass
  let decoder: DecoderActivations
  let generator: NetworkPass
  let posterior: DrawnPosterior
  let prior: GaussianPass

  private let draws: Int
  private let coreLatentWidth: Int
  /// z_c and dL/dz_c of the rows that have the modality, and of all rows; used only where some lack it.
  private let selectedCoreLatent: FloatArena
  private let coreLatentGradient: FloatArena
  private let spreadGradient: FloatArena
  private let hiddenGradient: FloatArena
  private let generatorGradient: FloatArena

  init(_ model: MHVAE, _ index: Int, columns: Range<Int>, rows: Int, draws: Int) {
    let networks = model.modalities[index]
    let all = rows * draws
    (self.columns, self.draws) = (columns, draws)
    encoder = NetworkPass(networks.encoder, rows: rows, isTrained: true)
    decoder = DecoderActivations(networks.decoder, rows: all)
    generator = NetworkPass(model.generators[index], rows: all, isTrained: true)
    posterior = DrawnPosterior(
      networks.posterior, rows: rows, draws: draws, isTopDown: model.posterior == .topDown)
    prior = GaussianPass(model.priors[index], rows: all)
    coreLatentWidth = model.corePosterior.latent
    selectedCoreLatent = FloatArena(count: all * coreLatentWidth)
    coreLatentGradient = FloatArena(count: all * coreLatentWidth)
    spreadGradient = FloatArena(count: all * coreLatentWidth)
    hiddenGradient = FloatArena(count: rows * networks.representation)
    generatorGradient = FloatArena(count: all * model.generators[index].outputCount)
  }

  /// p(z_i|z_c) of every draw.
  func priors(_ rows: Int) -> DiagonalGaussian { prior.distribution(rows * draws) }

  /// Lets the generator read z_c of the rows that have the modality.
  /// - Parameter all: of all rows, one row a draw.
  func readCoreLatents(_ present: RowSelection, of all: Matrix) {
    generator.input = all
    guard !present.isAll else { return }
    let selected = selectedCoreLatent.matrix(rows: present.count, columns: draws * coreLatentWidth)
    selected.gather(present, of: all.reshaped(columns: selected.columns))
    generator.input = selected.reshaped(columns: coreLatentWidth)
  }

  /// dL/dz_c of all rows, one row a draw, as far as it comes through this modality's generator.
  func coreLatentGradients(_ present: RowSelection) -> Matrix {
    let own = coreLatentGradient.matrix(rows: present.count, columns: draws * coreLatentWidth)
    guard !present.isAll else { return own.reshaped(columns: coreLatentWidth) }
    let all = spreadGradient.matrix(rows: present.rowCount, columns: own.columns)
    all.scatter(own, of: present)
    return all.reshaped(columns: coreLatentWidth)
  }

  /// z_i ~ q, as the decoder's input.
  func sampleLatent(noise: Matrix) {
    posterior.sample(noise: noise)
    decoder.pass.input = posterior.z(noise.rows)
  }

  /// From the gradients of the prior heads to where the generator's way back starts.
  func prepareGeneratorBackward(_ rows: Int, replicas: any ReplicaGroup) throws {
    let generated = generator.output(rows * draws)
    generator.outputGradient = generatorGradient.matrix(rows: generated.rows, columns: generated.columns)
    try prior.backward(
      input: generated, inputGradient: generator.outputGradient, addingToInput: false, replicas: replicas)
    generator.inputGradient = coreLatentGradient.matrix(rows: generated.rows, columns: coreLatentWidth)
  }

  /// From the gradient of the heads and of the masked representation to the encoder's output.
  func prepareEncoderBackward(
    _ present: RowSelection, coreGradient: Matrix, keep: Matrix?, replicas: any ReplicaGroup
  ) throws {
    let rows = present.count
    encoder.outputGradient = hiddenGradient.matrix(rows: rows, columns: columns.count)
    encoder.outputGradient.gather(present, of: coreGradient, keeping: keep)
    try posterior.heads.backward(
      input: encoder.output(rows), inputGradient: encoder.outputGradient, addingToInput: true, replicas: replicas)
  }
}
