import Communication
import Configuration
import Foundation
import Kernels
import Layers
import Models
import Runs
import SmallModel
import Storage
import TestSupport
import Testing
import Training

/// A plain VAE of the first modality: all that a further family takes.
private struct VAEConfiguration: ModelFamily {
  static let name: FamilyName = "vae"
  static let meaning = "A plain VAE."
  static let keys = [latentKey.description, weightKey.description]

  private static let latentKey = ConfigurationKey.extent("latent", "Width of the latent.")
  private static let weightKey = ConfigurationKey.number("weight", "above 0", "Multiplies the divergence.") { $0 > 0 }

  let latent: Int
  /// Multiplies the divergence.
  let weight: Double

  init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    latent = try reader.value(Self.latentKey)
    weight = try reader.value(Self.weightKey)
  }

  func latent(_ modality: ConfigurationReader) -> Int { latent }

  var entries: [ConfigurationEntry] { [ConfigurationEntry("latent", latent), ConfigurationEntry("weight", weight)] }

  func makeModel(_ configuration: ModelConfiguration) -> any Model { VAE(configuration, self) }
}

private final class VAE: Model {
  let configuration: ModelConfiguration
  let memory = ModelMemory()
  let family: VAEConfiguration
  let networks: ModalityNetworks

  init(_ configuration: ModelConfiguration, _ family: VAEConfiguration) {
    let memory = memory
    (self.configuration, self.family) = (configuration, family)
    networks = ModalityNetworks(configuration.modalities[0], latent: family.latent, memory: memory)
  }

  var termNames: [String] { ["log_likelihood", "kl"] }
  var objectiveNoise: [NoiseDescription] { [NoiseDescription(name: "latent", width: family.latent)] }

  func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double {
    weights.core * family.weight * terms[1] - weights.reconstruction[0] * terms[0]
  }

  func elbo(terms: UnsafeBufferPointer<Double>) -> Double { terms[0] - terms[1] }
  func likelihood(of modality: Int) -> Likelihood { networks.likelihood }
  func makeObjectivePass(rows: Int) -> any ObjectivePass { VAEObjective(self, rows: rows) }

  func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal {
    SharedLatentProposal(
      [networks], FirstPosterior([networks], given: given, rows: rows), latent: family.latent, decoded: decoded,
      draws: draws)
  }
}

private final class VAEObjective: ObjectivePass {
  private let model: VAE
  private let encoder: EncoderActivations
  private let decoder: DecoderActivations
  private let encoding: LockStep
  private let decoding: LockStep
  private let latent: FloatArena
  let termSums = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2)

  init(_ model: VAE, rows: Int) {
    self.model = model
    encoder = EncoderActivations(model.networks, rows: rows)
    decoder = DecoderActivations(model.networks.decoder, rows: rows)
    encoding = LockStep([encoder.pass])
    decoding = LockStep([decoder.pass])
    latent = FloatArena(count: rows * model.family.latent)
    termSums.initialize(repeating: 0)
  }

  deinit { termSums.deallocate() }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    let (rows, scale) = (batch.rows.local, 1 / Double(batch.rows.global))
    encoder.pass.input = batch.inputs[0]
    try encoding.forward(mode: mode, replicas: replicas)
    encoder.computePosterior(rows)
    decoder.pass.input = latent.matrix(rows: rows, columns: model.family.latent)
    encoder.posterior.distribution(rows).sample(noise: batch.noise[0], into: decoder.pass.input)
    try decoding.forward(mode: mode, replicas: replicas)
    termSums[0] = decoder.score(
      model.networks.likelihood, x: batch.inputs[0], weight: weights.reconstruction[0] * scale)
    termSums[1] = encoder.posterior.distribution(rows).divergenceToStandardNormal(
      weight: Float(weights.core * model.family.weight * scale), gradient: encoder.posterior.gradient(rows))
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws {
    let rows = batch.rows.local
    try model.networks.likelihood.markReady(replicas)
    try decoding.backward(replicas: replicas)
    encoder.posterior.distribution(rows).sampleBackward(
      noise: batch.noise[0], dz: decoder.latentGradients(rows), gradient: encoder.posterior.gradient(rows))
    try encoder.prepareBackward(rows, replicas: replicas)
    try encoding.backward(replicas: replicas)
  }
}

/// A family is its own file and a place in the list: nothing else of the program names it.
struct FourthFamilyTests {
  /// The line of the registry.
  private static let families: [any FamilyConfiguration.Type] = registeredFamilies + [VAEConfiguration.self]

  private static let document = """
    name: small
    model:
      family: vae
      modalities:
        - name: image
          shape: [2, 2, 3]
          likelihood: bernoulli
          encoder: [{conv: 3, kernel: 2, norm: batch, activation: swish}, {linear: 4}]
          decoder: [{linear: 12, activation: swish}]
      latent: 2
      weight: 0.5
    training:
      epochs: 30
      batch_size: 6
      learning_rate: 0.01
      seed: 1
      warm_up: {core: 1}
      keep_checkpoints: 1
    evaluation: {samples: 10}
    """

  private func configuration(_ changes: String...) throws -> RunConfiguration {
    var source = try ConfigurationSource(yaml: Self.document)
    for change in changes { try source.set(change) }
    return try source.resolve(families: Self.families)
  }

  @Test("It is read and written with keys of its own")
  func keys() throws {
    let configuration = try configuration()
    #expect(configuration.model.family.name == "vae")
    #expect(configuration.model.modalities[0].latent == 2)
    #expect(try RunConfiguration(yaml: configuration.yaml, families: Self.families) == configuration)
    #expect(try self.configuration("model.weight=0.25") != configuration)
    #expect(try message { _ = try self.configuration("model.weight=0") }.contains("model.weight: "))
    #expect(try message { _ = try self.configuration("model.alpha=0") }.contains("model.alpha: unknown key"))
    let unregistered = try message { _ = try RunConfiguration(yaml: configuration.yaml) }
    #expect(unregistered.contains("model.family: unknown value \"vae\"; did you mean \"mvae\"?"))
  }

  @Test("It trains, with checkpoints and metrics, and its loss falls")
  func trains() throws {
    try temporaryDirectory { directory throws in
      let dataset = try smallDataset(at: directory.appending(path: "small.h5"), rows: 6, scale: 1.0 / 255)
      let run = RunDirectory(directory.appending(path: "run").path)
      let configuration = try configuration()
      try run.write(configuration: configuration.yaml)
      let observer = Losses()
      let trainer = try Trainer(
        configuration, dataset: dataset, directory: run, collectives: SingleRank(), observer: observer)
      #expect(try trainer.run() == nil)
      #expect(observer.losses.count == 30)
      #expect(try #require(observer.losses.last) < observer.losses[0])
      #expect(try run.checkpointEpochs() == [30])
    }
  }

  private final class Losses: TrainingObserver {
    var losses: [Double] = []
    func trainingStarts(epoch: Int, of epochs: Int, stepsPerEpoch: Int, stepsDone: Int) {}
    func stepEnded(epoch: Int, step: Int, rows: Int, loss: Double) {}
    func epochEnded(_ report: EpochReport) { losses.append(report.training.loss) }
    func warning(_ message: String) {}
  }
}
