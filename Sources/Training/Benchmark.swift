package import Communication
package import Configuration
internal import DataLoading
package import GradientExchange
internal import Layers
internal import Models
internal import Optimizers
package import Profiling

/// The result of a benchmark.
package struct BenchmarkReport: Sendable {
  /// Parameters of the model.
  package let parameterCount: Int
  /// Seconds of every timed step, the slowest rank's.
  package let stepSeconds: [Double]
  /// Seconds a step in each phase, the mean over steps and ranks.
  package let phases: [(phase: StepPhase, seconds: Double)]
  package let batchSize: Int
  /// Of the last step, to see that numbers were computed.
  package let loss: Double
  /// Gradients that ranks send to other hosts in a step, all together.
  package let traffic: GradientTraffic
  /// The products of all timed steps, beside the processors' peak.
  package let share: PeakShare

  package var medianStepSeconds: Double { stepSeconds.sorted()[stepSeconds.count / 2] }
  package var meanStepSeconds: Double { stepSeconds.reduce(0, +) / Double(stepSeconds.count) }
  /// Of all ranks together.
  package var imagesPerSecond: Double { Double(batchSize) / medianStepSeconds }
  package var meanImagesPerSecond: Double { Double(batchSize) / meanStepSeconds }
  /// How much of the peak the products of a step reach in the median step, everything else included in the time.
  package var peakFraction: Double { share.fraction(seconds: medianStepSeconds * Double(stepSeconds.count)) }
}

/// Times whole training steps on random data: input, forward, backward, exchange, Adam.
package struct Benchmark {
  /// Why gradients are exchanged otherwise than configured.
  package var warning: String? { replica.warning }
  private let replica: Replica
  private let loader: DataLoader
  private let configuration: RunConfiguration
  private let collectives: any Collectives
  private let weights: ObjectiveWeights
  private let clock = ContinuousClock()

  /// - Throws: `DataLoadingError` when the batch does not fit the number of ranks.
  package init(
    _ configuration: RunConfiguration, collectives: any Collectives, exchange: ExchangeSettings = ExchangeSettings()
  ) throws {
    let (batchSize, seed) = (configuration.training.batchSize, configuration.training.seed)
    let plan = try BatchPlan(
      rowCount: max(batchSize, min(16 * batchSize, 1 << 14)), batchSize: batchSize, rank: collectives.rank,
      worldSize: collectives.worldSize)
    self.configuration = configuration
    self.collectives = collectives
    weights = configuration.objectiveWeights(epoch: 1)
    replica = try Replica(
      configuration.model, rows: plan.partitions.count, microBatches: try plan.microBatches(configuration),
      draws: configuration.training.objective.draws, optimizer: configuration.training.optimizerSettings,
      collectives: collectives, exchange: exchange)
    try replica.initialize(seed: seed)
    let shard = Shard(randomRows: plan.shard, for: configuration.model, seed: seed)
    loader = DataLoader(
      shard, model: replica.model, plan: plan, draws: configuration.training.objective.draws, seed: seed)
    loader.begin(epoch: 1)
  }

  /// - Throws: what the exchange throws.
  package func run(steps: Int, warmUp: Int) throws -> BenchmarkReport {
    for step in 0..<warmUp { try self.step(step) }
    var (seconds, share) = try PeakShare.measure(collectives) { try time(steps: steps) }
    try seconds.withUnsafeMutableBufferPointer { try collectives.maximum($0) }
    var phases = StepPhase.allCases.map { replica.timer.seconds($0) / Double(steps) }
    try phases.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    var traffic = [Double(replica.traffic.messages), Double(replica.traffic.bytes)]
    try traffic.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    let loss = replica.model.loss(terms: UnsafeBufferPointer(replica.termSums), weights: weights)
    return BenchmarkReport(
      parameterCount: replica.model.memory.parameters.count, stepSeconds: seconds,
      phases: zip(StepPhase.allCases, phases).map { ($0, $1 / Double(collectives.worldSize)) },
      batchSize: configuration.training.batchSize, loss: loss / Double(configuration.training.batchSize),
      traffic: GradientTraffic(messages: Int(traffic[0]), bytes: Int(traffic[1])), share: share)
  }

  /// Seconds of every step on this rank.
  private func time(steps: Int) throws -> [Double] {
    replica.timer.reset()
    var seconds: [Double] = []
    for step in 0..<steps {
      let start = clock.now
      try self.step(step)
      seconds.append((clock.now - start).seconds)
    }
    return seconds
  }

  private func step(_ step: Int) throws {
    let batch = try replica.timer.measure(.input) { try loader.batch(step: step % loader.plan.stepsPerEpoch) }
    try replica.step(
      batch, weights: weights, learningRate: configuration.training.learningRate,
      clipNorm: configuration.training.clipNorm)
  }
}
