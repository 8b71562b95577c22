package import Communication
package import Configuration
internal import DataLoading
internal import Kernels
internal import Layers
internal import Models
internal import Optimizers
internal import Profiling

extension TimelineFamily {
  /// Measures steps of this processor on random rows, at a few numbers of rows up to the global batch. Collective:
  /// ranks measure at the same time, as they would share caches and memory in training, and the mean of them counts.
  package static func measured(
    _ configuration: RunConfiguration, collectives: any Collectives
  ) throws -> TimelineFamily {
    let batchSize = configuration.training.batchSize
    let rows = Set([2, 8, 32, 128, batchSize].filter { $0 <= min(batchSize, 128) })
    var timelines: [Int: StepTimeline] = [:]
    for rows in rows.sorted() {
      try collectives.barrier()
      var timeline = try StepMeasurement(configuration, rows: rows).run()
      var values = timeline.seconds + [timeline.optimizer]
      try values.withUnsafeMutableBufferPointer { try collectives.sum($0) }
      values = values.map { $0 / Double(collectives.worldSize) }
      (timeline.optimizer, timeline.seconds) = (values.removeLast(), values)
      timelines[rows] = timeline
    }
    return TimelineFamily(timelines)
  }
}

/// Measures steps of one rank alone, with the time of each event.
private struct StepMeasurement {
  private let model: any Model
  private let pass: any ObjectivePass
  private let loader: DataLoader
  private let weights: ObjectiveWeights
  private let learningRate: Double
  private let optimizer: Optimizer
  private let clock = ContinuousClock()

  /// Time to measure for, and the fewest steps.
  private static let (duration, fewest) = (Duration.milliseconds(600), 5)

  init(_ configuration: RunConfiguration, rows: Int) throws {
    let seed = configuration.training.seed
    model = try makeModel(configuration.model)
    model.memory.initialize(seed: seed)
    optimizer = Optimizer(count: model.memory.parameters.count, configuration.training.optimizerSettings)
    if let rounded = optimizer.state.rounded {
      try BF16.check()
      model.memory.useBF16(rounded)
      model.memory.roundWeights()
    }
    pass = model.makeObjectivePass(rows: rows, draws: configuration.training.objective.draws)
    weights = configuration.objectiveWeights(epoch: 1)
    learningRate = configuration.training.learningRate
    let plan = try BatchPlan(rowCount: min(16 * rows, 1 << 14), batchSize: rows, rank: 0, worldSize: 1)
    let shard = Shard(randomRows: plan.shard, for: configuration.model, seed: seed)
    loader = DataLoader(
      shard, model: model, plan: plan, draws: configuration.training.objective.draws, seed: seed)
    loader.begin(epoch: 1)
  }

  /// The step that took the median of the time, after a few that only warm up.
  func run() throws -> StepTimeline {
    for step in 0..<3 { _ = try measure(step) }
    var steps: [StepTimeline] = []
    let start = clock.now
    while steps.count < Self.fewest || start.duration(to: clock.now) < Self.duration {
      steps.append(try measure(3 + steps.count))
    }
    return steps.sorted { $0.arithmetic + $0.optimizer < $1.arithmetic + $1.optimizer }[steps.count / 2]
  }

  private func measure(_ step: Int) throws -> StepTimeline {
    let recorder = EventRecorder()
    let batch = try loader.batch(step: step % loader.plan.stepsPerEpoch)
    try pass.forward(batch, weights: weights, mode: .training, replicas: recorder)
    try pass.backward(batch, replicas: recorder)
    recorder.note(.end)
    recorder.note(.sum(bytes: 8 * pass.termSums.count))
    let update = clock.measure {
      optimizer.update(
        OptimizerStep(number: UInt64(step + 1), learningRate: learningRate), values: model.memory.values,
        gradients: model.memory.gradients)
    }
    return StepTimeline(
      events: recorder.events, seconds: recorder.times, optimizer: update.seconds,
      floatsPerParameter: optimizer.settings.floatsPerParameter, parameterCount: model.memory.parameters.count)
  }
}

/// Records when a step would exchange something with the other replicas.
private final class EventRecorder: ReplicaGroup {
  private(set) var events: [StepTimeline.Event] = []
  /// Seconds from one event to the next.
  private(set) var times: [Double] = []
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant

  init() { last = clock.now }

  func note(_ event: StepTimeline.Event) {
    let now = clock.now
    events.append(event)
    times.append((now - last).seconds)
    last = now
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) { note(.sum(bytes: 8 * values.count)) }

  func gradientsAreReady(_ range: Range<Int>) { note(.gradients(range)) }
}
