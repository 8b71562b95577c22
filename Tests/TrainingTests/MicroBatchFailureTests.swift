import Communication
import Configuration
import Kernels
import Layers
import Models
import SmallModel
import Testing
import Training

/// A family whose objective fails for one micro-batch, between two sums of its batch norms.
private struct FailingConfiguration: ModelFamily {
  static let name: FamilyName = "failing"
  static let meaning = "Fails."

  let base: ModelConfiguration

  init(_ base: ModelConfiguration) { self.base = base }
  init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    throw ConfigurationError(key: "", "is made by its tests only")
  }

  func latent(_ modality: ConfigurationReader) -> Int { 1 }
  func makeModel(_ configuration: ModelConfiguration) -> any Model { FailingModel(self) }
}

private final class FailingModel: Model {
  let configuration: ModelConfiguration
  private let base: any Model

  init(_ family: FailingConfiguration) {
    var configuration = family.base
    configuration.family = family
    self.configuration = configuration
    guard let base = try? describeModel(family.base) else { preconditionFailure("the small model is a model") }
    self.base = base
  }

  var memory: ModelMemory { base.memory }
  var termNames: [String] { base.termNames }
  var objectiveNoise: [NoiseDescription] { base.objectiveNoise }
  func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double {
    base.loss(terms: terms, weights: weights)
  }
  func elbo(terms: UnsafeBufferPointer<Double>) -> Double { base.elbo(terms: terms) }
  func likelihood(of modality: Int) -> Likelihood { base.likelihood(of: modality) }
  func makeObjectivePass(rows: Int) -> any ObjectivePass { FailingPass() }
  func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal {
    base.makeProposal(given: given, decoded: decoded, rows: rows, draws: draws)
  }
}

private final class FailingPass: ObjectivePass {
  let termSums = UnsafeMutableBufferPointer<Double>.allocate(capacity: 8)

  init() { termSums.initialize(repeating: 0) }
  deinit { termSums.deallocate() }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    var few = [1.0]
    try few.withUnsafeMutableBufferPointer { try replicas.sum($0) }
    guard few == [4] else { throw CheckFailed("four micro-batches give \(few)") }
    if batch.inputs[0][0, 0] < 0 { throw CheckFailed("a row that this family cannot take") }
    var many = [Double](repeating: 1, count: 100_000)
    try many.withUnsafeMutableBufferPointer { try replicas.sum($0) }
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) {}
}

private struct CheckFailed: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

struct MicroBatchFailureTests {
  @Test("A micro-batch that fails alone, between two sums, ends the step with its error", arguments: 0..<4)
  func failsAlone(failing: Int) throws {
    let base = try ModelConfiguration(yaml: smallModel)
    var configuration = base
    configuration.family = FailingConfiguration(base)
    let replica = try Replica(
      configuration, rows: 4, microBatches: (0..<4).map { $0..<$0 + 1 }, collectives: SingleRank())
    let inputs = configuration.modalities.map {
      FloatArena(count: 4 * $0.shape.count).matrix(rows: 4, columns: $0.shape.count)
    }
    inputs[0][failing, 0] = -1
    let batch = Batch(
      rows: BatchRows(local: 4, global: 4), inputs: inputs, keepMask: nil,
      noise: replica.model.objectiveNoise.map { FloatArena(count: 4 * $0.width).matrix(rows: 4, columns: $0.width) })
    let weights = ObjectiveWeights(reconstruction: [1, 1], modality: 1, core: 1)
    let text = try message { try replica.computeGradients(batch, weights: weights) }
    #expect(text == "a row that this family cannot take")
  }
}
