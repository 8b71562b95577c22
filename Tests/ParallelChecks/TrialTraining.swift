import Communication
import Configuration
import DataLoading
import GradientExchange
import Kernels
import Layers
import Models
import Optimizers
import Profiling
import Training

/// What is trained: a preset, changed.
struct TrialTraining: CustomStringConvertible {
  let preset: String
  let family: FamilyName?
  private let changes: [String]

  var description: String { "\(preset), \(family?.rawValue ?? "its own family"), \(changes.joined(separator: " "))" }

  init(_ preset: String, _ family: FamilyName? = nil, _ changes: [String] = []) {
    (self.preset, self.family) = (preset, family)
    self.changes = ["training.batch_size=6"] + changes
  }

  /// CelebA's networks have convolutions with batch norms, and blocks of a single image.
  static let all: [TrialTraining] =
    ["mnist", "fashion-mnist"].flatMap { preset in
      ["mhvae", "jmvae", "mvae"].map { TrialTraining(preset, $0) }
    } + [
      TrialTraining("celeba"),
      TrialTraining(
        "mnist", nil, ["model.modalities.image.binarization=dynamic", "model.modalities.label.dropout=0.5"]),
      TrialTraining("mnist", nil, ["training.clip_norm=1", "training.ema_decay=0.9"]),
      TrialTraining("mnist", nil, ["model.posterior=top_down", "training.objective=iwae", "training.draws=3"]),
    ]
    + [
      ["likelihood=gaussian", "scale=learned"], ["likelihood=gaussian", "scale=per_value"],
      ["likelihood=laplace", "scale=learned"], ["likelihood=poisson"],
      ["likelihood=negative_binomial", "exposure=total"],
    ].map { TrialTraining("mnist", nil, $0.map { "model.modalities.image.\($0)" }) }
    + (BF16.engineName == nil ? [] : ["fashion-mnist", "celeba"].map { TrialTraining($0, nil, [inBF16]) })

  static let inBF16 = "training.precision=bf16"

  func resolved() throws -> RunConfiguration {
    var source = try ConfigurationSource(preset: preset, family: family)
    for change in changes { try source.set(change) }
    return try source.resolve()
  }
}

/// Steps on random rows, as `train` and `benchmark` take them.
final class TrialSteps {
  let replica: Replica
  private let loader: DataLoader
  private let weights: ObjectiveWeights
  private let clipNorm: Double?
  private var next = 0

  init(_ training: TrialTraining, _ world: World, _ settings: ExchangeSettings) throws {
    let configuration = try training.resolved()
    let (collectives, batchSize) = (world.collectives, configuration.training.batchSize)
    let draws = configuration.training.objective.draws
    // The last batch of an epoch is a partial one.
    let plan = try BatchPlan(
      rowCount: 4 * batchSize + 3, batchSize: batchSize, rank: collectives.rank, worldSize: collectives.worldSize)
    replica = try Replica(
      configuration.model, rows: plan.partitions.count, microBatches: try plan.microBatches(configuration),
      draws: draws, optimizer: configuration.training.optimizerSettings, collectives: collectives, exchange: settings)
    try replica.initialize(seed: 1)
    replica.stop.requests = StopRequests(file: "/a file that is not there and has a name of some length")
    let shard = Shard(randomRows: plan.shard, for: configuration.model, seed: 1)
    loader = DataLoader(shard, model: replica.model, plan: plan, draws: draws, seed: 1)
    weights = configuration.objectiveWeights(epoch: 1)
    clipNorm = configuration.training.clipNorm
    loader.begin(epoch: 1)
  }

  func run(_ count: Int) throws {
    for _ in 0..<count {
      let batch = try replica.timer.measure(.input) { try loader.batch(step: next) }
      try replica.step(batch, weights: weights, learningRate: 1e-3, clipNorm: clipNorm)
      next = (next + 1) % loader.plan.stepsPerEpoch
    }
  }
}
