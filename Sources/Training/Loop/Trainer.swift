package import Communication
package import Configuration
internal import DataLoading
internal import Foundation
package import GradientExchange
internal import Models
internal import Optimizers
package import Profiling
package import Runs
package import Storage

/// Trains one model on all ranks together, epoch by epoch.
package final class Trainer {
  let configuration: RunConfiguration
  private let directory: RunDirectory
  let collectives: any Collectives
  let observer: (any TrainingObserver)?
  let recording: RecordingSettings
  private let schedule: CheckpointSchedule
  let trace: StepTrace?

  let replica: Replica
  let loader: DataLoader
  let validation: Validation
  /// How far training has got; the same on every rank.
  var state: CheckpointState
  private var resumedFrom: CheckpointID?
  private var recorder: RunRecorder?
  /// Whether this session has taken no step yet.
  var isFirstStep = true
  var hasWarnedOfValidation = false
  /// Of each split with gaps, how many rows have each modality; on rank 0, which records it.
  let presentRows: [Split: [String: Int]]
  /// Of the run's directory, on rank 0.
  private let lock: RunLock?

  /// How far training has got, in words.
  package var progress: String { "step \(state.step), in epoch \(state.epoch + 1)" }

  package var epochsDone: Int { state.epoch }
  /// Why training ended before its last epoch, in words; nil if it did not.
  package var earlyStop: String? {
    configuration.training.earlyStoppingPatience.flatMap { patience in
      stopsEarly
        ? "no better validation ELBO for \(patience) epochs (training.early_stopping_patience)" : nil
    }
  }

  private var stopsEarly: Bool {
    state.progress == nil && state.epoch < configuration.training.epochs
      && configuration.training.stopsEarly(
        after: state.epoch, bestEpoch: state.highest?.epoch, stepsPerEpoch: loader.plan.stepsPerEpoch)
  }
  var isComplete: Bool { state.epoch >= configuration.training.epochs || stopsEarly }
  /// The epoch with the highest validation ELBO, and that ELBO; nil without validation rows.
  package var best: (epoch: Int, elbo: Double)? { state.best.map { ($0.epoch, $0.elbo) } }
  package var stepsTaken: UInt64 { state.step }

  /// How gradients are exchanged, in words.
  package var exchangeSummary: String { replica.exchangeSummary }

  var isRoot: Bool { collectives.rank == 0 }

  /// Checks the data against the configuration and reads this rank's shard, or prepares to stream it.
  /// - Parameters:
  ///   - observer: is notified of progress; used on rank 0 only.
  ///   - recording: what to record besides metrics and checkpoints.
  ///   - schedule: when to write checkpoints besides those at the ends of epochs.
  ///   - lock: of the directory, on rank 0.
  ///   - trace: records the phases of the first steps.
  ///   - shardMemory: the most bytes to hold of this rank's training rows, and of its validation rows; larger shards
  ///     are streamed from the file.
  ///   - exchange: how gradients are exchanged; not part of the run.
  ///   - compareEverySteps: steps between comparisons of the replicas, besides those after epochs; nil for none.
  package init(
    _ configuration: RunConfiguration, dataset: borrowing PackedDataset, directory: RunDirectory,
    collectives: any Collectives, observer: (any TrainingObserver)?, recording: RecordingSettings = RecordingSettings(),
    schedule: CheckpointSchedule = CheckpointSchedule(), lock: RunLock? = nil, trace: StepTrace? = nil,
    shardMemory: Int = .max,
    exchange: ExchangeSettings = ExchangeSettings(), compareEverySteps: Int? = nil
  ) throws {
    try dataset.check(against: configuration.model)
    try Self.checkValidationRows(dataset, configuration.training)
    var configuration = configuration
    configuration.model = configuration.model.withSourceUnits(of: dataset)
    let plan = try BatchPlan(
      configuration, dataset: dataset, rank: collectives.rank, worldSize: collectives.worldSize)
    let seed = configuration.training.seed
    presentRows =
      collectives.rank == 0 ? try dataset.presentRows(of: configuration.model.modalities.map(\.name)) : [:]
    self.configuration = configuration
    self.directory = directory
    self.collectives = collectives
    self.observer = collectives.rank == 0 ? observer : nil
    self.recording = recording
    self.schedule = schedule
    self.lock = lock
    self.trace = trace
    state = CheckpointState(
      epoch: 0, step: 0, seed: seed, configuration: try configuration.yaml, dataFingerprint: dataset.fingerprint,
      best: nil)
    replica = try Replica(
      configuration.model, rows: plan.partitions.count, microBatches: try plan.microBatches(configuration),
      draws: configuration.training.objective.draws, optimizer: configuration.training.optimizerSettings,
      collectives: collectives, exchange: exchange)
    replica.compareEverySteps = compareEverySteps.map { UInt64($0) }
    for warning in [replica.warning, plan.warning].compactMap(\.self) { self.observer?.warning(warning) }
    try replica.initialize(seed: seed)
    loader = try DataLoader(
      dataset, model: replica.model, plan: plan, draws: configuration.training.objective.draws, seed: seed,
      memory: shardMemory)
    validation = try Validation(
      dataset, model: replica.model, seed: seed, collectives: collectives, memory: shardMemory)
  }

  /// - Throws: `TrainingError` when something follows the validation ELBO, and there is none.
  private static func checkValidationRows(
    _ dataset: borrowing PackedDataset, _ training: TrainingConfiguration
  ) throws {
    guard dataset.rowCount(of: .validation) == 0 else { return }
    var key: String?
    if case .plateau = training.schedule.shape { key = "training.learning_rate_schedule, a plateau," }
    if training.earlyStoppingPatience != nil { key = "training.early_stopping_patience" }
    if let key { throw TrainingError("\(key) needs validation rows, and the data has none") }
  }

  /// Resumes from the newest usable checkpoint, or starts from the beginning if none was written yet. Rank 0 reads; the
  /// others receive. Collective.
  /// - Throws: `RunError` when no checkpoint can be used, or it belongs to another run or other data; `TrainingError`
  ///   when more epochs are complete than configured.
  package func resume() throws {
    let text = try collectives.broadcast(text: try collectives.onRoot(loadCheckpoint) ?? "", from: 0)
    try replica.broadcastState()
    guard !text.isEmpty else { return }
    let metadata = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    let found = try CheckpointState(metadata: metadata, path: directory.path)
    guard found.epoch <= configuration.training.epochs else {
      throw TrainingError(
        "training.epochs is \(configuration.training.epochs), but the run has completed \(found.epoch); more are trained with --epochs"
      )
    }
    (state.epoch, state.step, state.best, state.progress) = (found.epoch, found.step, found.best, found.progress)
    (state.highest, state.plateau) = (found.highest, found.plateau)
    replica.stepCount = found.step
    resumedFrom = found.id
  }

  /// - Returns: its metadata as JSON; nothing if there is none yet.
  private func loadCheckpoint() throws -> String {
    let search = CheckpointSearch(
      directory: directory, configuration: configuration, dataFingerprint: state.dataFingerprint,
      warn: { [observer] in observer?.warning($0) })
    let found = try search.load(into: replica.state)
    return try found.map { String(decoding: try JSONEncoder().encode($0.metadata), as: UTF8.self) } ?? ""
  }

  /// Trains until the configured number of epochs is complete, or until any rank receives a stop request. Everything is
  /// on the disk afterwards. Collective.
  /// - Returns: why it stopped early; nil if it did not.
  package func run() throws -> StopCause? {
    recorder = try collectives.onRoot(makeRecorder)
    guard !isComplete else { return nil }
    let stepsDone = try firstStep()
    observer?.trainingStarts(
      epoch: state.epoch + 1, of: configuration.training.epochs, stepsPerEpoch: loader.plan.stepsPerEpoch,
      stepsDone: stepsDone)
    replica.stop.requests = StopRequests(file: isRoot ? directory.stopPath : nil)
    try trace?.begin(replica.timer, firstStep: replica.stepCount + 1)
    var cause: StopCause?
    while cause == nil, !isComplete { cause = try trainEpoch(recorder) }
    try trace?.finish()
    collectives.watchdog.progress.enter(.saving)
    // No rank returns before that.
    _ = try collectives.onRoot { [recorder] in try recorder?.finish() }
    return cause
  }

  /// Saves what can be saved when training has failed, on rank 0: the checkpoint that is being written, and what waits in
  /// memory.
  /// - Parameter seconds: to wait for the checkpoint at most.
  package func rescue(seconds: Double) {
    if !collectives.watchdog.isWorkingAside { recorder?.rescue(seconds: seconds) }
  }

  private func makeRecorder() throws -> RunRecorder {
    let warn = { [observer] in observer?.warning($0) ?? () }
    let logs = try RunLogs(
      directory, from: state,
      about: RunDescription(configuration, replica.model, worldSize: collectives.worldSize),
      withSteps: recording.logEverySteps != nil, warn: warn)
    let writer = CheckpointWriter(
      replica.state, directory: directory, keeping: configuration.training.keepCheckpoints, best: state.best)
    return RunRecorder(
      directory, logs, logEverySteps: recording.logEverySteps, writer, schedule, resumedFrom: resumedFrom, lock: lock,
      warn: warn)
  }
}
