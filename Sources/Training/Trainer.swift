package import Communication
package import Configuration
internal import Foundation
internal import Kernels
internal import Layers
package import Models
internal import SafeTensors
package import Storage

/// Trains one model on all ranks together, epoch by epoch.
package final class Trainer {
  private let configuration: RunConfiguration
  private let directory: RunDirectory
  private let dataFingerprint: String
  private let collectives: any Collectives
  private let observer: (any TrainingObserver)?
  private let logEverySteps: Int?
  private let trace: StepTrace?

  private let replica: Replica
  private let input: TrainingInput
  private let validation: Validation
  private var completedEpochs = 0
  private var best: CheckpointState.Best?

  private var isRoot: Bool { collectives.rank == 0 }

  /// Checks the data against the configuration and reads this rank's shard, as far as it fits.
  /// - Parameters:
  ///   - observer: hears of progress; used on rank 0 only.
  ///   - logEverySteps: also write every so many steps' losses to `steps.jsonl`.
  ///   - trace: also follow the first steps.
  ///   - shardMemory: the most bytes to hold of this rank's training rows, and of its validation rows; what is larger
  ///     is read from the file again and again.
  ///   - exchange: how gradients are exchanged; not part of the run.
  package init(
    _ configuration: RunConfiguration, dataset: borrowing PackedDataset, directory: RunDirectory,
    collectives: any Collectives, observer: (any TrainingObserver)?, logEverySteps: Int? = nil,
    trace: StepTrace? = nil, shardMemory: Int = .max, exchange: ExchangeSettings = ExchangeSettings()
  ) throws {
    try dataset.check(against: configuration.model)
    let plan = try LanePlan(
      configuration, dataset: dataset, rank: collectives.rank, worldSize: collectives.worldSize)
    let seed = configuration.training.seed
    self.configuration = configuration
    self.directory = directory
    self.collectives = collectives
    self.observer = collectives.rank == 0 ? observer : nil
    self.logEverySteps = logEverySteps
    self.trace = trace
    dataFingerprint = dataset.fingerprint
    replica = try Replica(
      configuration.model, rows: plan.lanes.count, pieces: try plan.pieces(configuration), collectives: collectives,
      exchange: exchange)
    if let warning = replica.warning { self.observer?.warning(warning) }
    try replica.initialize(seed: seed)
    input = try TrainingInput(dataset, model: replica.model, plan: plan, seed: seed, memory: shardMemory)
    validation = try Validation(
      dataset, model: replica.model, seed: seed, collectives: collectives, memory: shardMemory)
  }

  /// Goes on from the newest checkpoint that can be read, or from the beginning if none was written yet. Rank 0 reads;
  /// the others receive.
  /// - Throws: `TrainingError` when no checkpoint can be used, or it belongs to another run or other data.
  package func resume() throws {
    var position = [Int64](repeating: 0, count: 3)
    var bestELBO = [0.0]
    if isRoot, let state = try newestCheckpoint() {
      position = [Int64(state.epoch), Int64(state.step), Int64(state.best?.epoch ?? 0)]
      bestELBO = [state.best?.elbo ?? 0]
    }
    try position.withUnsafeMutableBytes { try collectives.broadcast($0, from: 0) }
    try bestELBO.withUnsafeMutableBytes { try collectives.broadcast($0, from: 0) }
    try replica.broadcastState()
    completedEpochs = Int(position[0])
    replica.stepCount = UInt64(position[1])
    best = position[2] > 0 ? CheckpointState.Best(epoch: Int(position[2]), elbo: bestELBO[0]) : nil
    guard completedEpochs <= configuration.training.epochs else {
      throw TrainingError(
        "training.epochs is \(configuration.training.epochs), but the run has completed \(completedEpochs)")
    }
  }

  /// - Returns: nil if the run was stopped before its first checkpoint.
  private func newestCheckpoint() throws -> CheckpointState? {
    var reason: (any Error)?
    for epoch in directory.checkpointEpochs() {
      let path = directory.checkpointPath(epoch: epoch)
      let (state, file): (CheckpointState, SafeTensorsFile)
      do {
        (state, file) = try Checkpoint.read(path: path)
      } catch {
        observer?.warning("passing over a checkpoint that cannot be read: \(error)")
        reason = error
        continue
      }
      try checkBelongs(state, path: path)
      try Checkpoint.load(file, path: path, into: replica)
      return state
    }
    if let reason {
      throw TrainingError("\(directory.path): none of its checkpoints can be used; the oldest: \(reason)")
    }
    return nil
  }

  /// A checkpoint of another run is not a damaged one: it must stop the run instead of being passed over.
  private func checkBelongs(_ state: CheckpointState, path: String) throws {
    guard state.dataFingerprint == dataFingerprint else {
      throw TrainingError(
        "\(path) was trained on other data: its fingerprint is \(state.dataFingerprint), "
          + "that of the file given is \(dataFingerprint)")
    }
    let theirs = try RunConfiguration(yaml: state.configuration)
    if let key = configuration.keyThatMustNotDiffer(from: theirs) {
      throw TrainingError("\(path) is of another run: its \(key) differs")
    }
  }

  /// Trains until the configured number of epochs is complete.
  package func run() throws {
    let metrics =
      try isRoot ? MetricsLog(path: directory.metricsPath) { self.isStale($0, "epoch", completedEpochs) } : nil
    // Lines of steps that will be taken again go, whether or not new ones are asked for.
    let steps =
      try isRoot && (logEverySteps != nil || directory.holdsSteps)
      ? MetricsLog(path: directory.stepsPath) { self.isStale($0, "step", Int(self.replica.stepCount)) } : nil
    guard completedEpochs < configuration.training.epochs else { return }
    observer?.trainingStarts(
      epoch: completedEpochs + 1, of: configuration.training.epochs, stepsPerEpoch: input.plan.stepsPerEpoch)
    try trace?.begin(replica.timer, firstStep: replica.stepCount + 1)
    while completedEpochs < configuration.training.epochs {
      let report = try trainEpoch(completedEpochs + 1, steps: steps)
      try checkFinite(report.training, epoch: report.epoch)
      try collectives.agreeOnDigest(replica.digest(), of: "replica state after epoch \(report.epoch)")
      completedEpochs = report.epoch
      if isRoot { try record(report, metrics) }
      try collectives.barrier()
    }
    try trace?.finish()
  }

  private func isStale(_ record: [String: Any], _ key: String, _ last: Int) -> Bool {
    (record[key] as? Int).map { $0 > last } ?? true
  }

  private func trainEpoch(_ epoch: Int, steps: MetricsLog?) throws -> EpochReport {
    let clock = ContinuousClock()
    let start = clock.now
    let weights = configuration.objectiveWeights(epoch: epoch)
    var sums = [Double](repeating: 0, count: replica.termSums.count)
    input.begin(epoch: epoch)
    for step in 0..<input.plan.stepsPerEpoch {
      let batch = try replica.timer.measure(.input) { try input.batch(step: step) }
      try replica.step(batch, weights: weights, learningRate: configuration.training.learningRate)
      try trace?.stepEnded()
      for i in sums.indices { sums[i] += replica.termSums[i] }
      if isRoot { try report(epoch, step, rows: batch.rows.global, weights, steps) }
    }
    let trained = clock.now
    let rows = Double(input.plan.rowCount)
    let validationTerms = try validation.terms(of: replica, weights: weights)
    return EpochReport(
      epoch: epoch, step: replica.stepCount, training: objectiveReport(sums.map { $0 / rows }, weights),
      validation: validationTerms.map { objectiveReport($0, weights) },
      warmUpModality: configuration.training.warmUp.modality.map { _ in weights.modality },
      warmUpCore: weights.core, imagesPerSecond: rows / (trained - start).seconds, seconds: (clock.now - start).seconds,
      worldSize: collectives.worldSize)
  }

  private func report(
    _ epoch: Int, _ step: Int, rows: Int, _ weights: ObjectiveWeights, _ steps: MetricsLog?
  ) throws {
    let loss = replica.model.loss(terms: UnsafeBufferPointer(replica.termSums), weights: weights) / Double(rows)
    observer?.stepEnded(epoch: epoch, step: step + 1, rows: rows, loss: loss)
    if let logEverySteps, replica.stepCount % UInt64(logEverySteps) == 0 {
      try steps?.append(StepReport(step: replica.stepCount, epoch: epoch, loss: loss))
    }
  }

  private func objectiveReport(_ terms: [Double], _ weights: ObjectiveWeights) -> ObjectiveReport {
    terms.withUnsafeBufferPointer { values in
      ObjectiveReport(
        loss: replica.model.loss(terms: values, weights: weights), elbo: replica.model.elbo(terms: values),
        terms: Dictionary(uniqueKeysWithValues: zip(replica.model.termNames, terms)))
    }
  }

  /// The end of an epoch on rank 0. The metrics first: a line without its checkpoint is removed on resume, an epoch
  /// without its line would be lost.
  private func record(_ report: EpochReport, _ metrics: MetricsLog?) throws {
    try metrics?.append(report)
    if let elbo = report.validation?.elbo, elbo > best?.elbo ?? -.infinity {
      best = CheckpointState.Best(epoch: report.epoch, elbo: elbo)
    }
    let state = CheckpointState(
      epoch: report.epoch, step: replica.stepCount, seed: configuration.training.seed,
      configuration: try configuration.yaml, dataFingerprint: dataFingerprint, best: best)
    try Checkpoint.write(replica, state, to: directory.checkpointPath(epoch: report.epoch))
    try directory.settle(last: report.epoch, best: best?.epoch, keeping: configuration.training.keepCheckpoints)
    observer?.epochEnded(report)
  }

  /// A model that diverged must not replace the checkpoints of one that had not. All ranks see the same sums.
  private func checkFinite(_ report: ObjectiveReport, epoch: Int) throws {
    guard !report.loss.isFinite else { return }
    let terms = report.terms.filter { !$0.value.isFinite }.keys.sorted().joined(separator: ", ")
    throw TrainingError(
      "the loss of epoch \(epoch) is not finite (\(terms)); the checkpoints of earlier epochs are untouched. "
        + "Try a smaller training.learning_rate")
  }
}

extension RunConfiguration {
  /// The first key that a resumed run must keep and that differs.
  package func keyThatMustNotDiffer(from other: RunConfiguration) -> String? {
    if name != other.name { return "name" }
    if model != other.model { return "model" }
    if training.batchSize != other.training.batchSize { return "training.batch_size" }
    if training.seed != other.training.seed { return "training.seed" }
    if training.pieces != other.training.pieces { return "training.pieces" }
    return nil
  }

  /// lambda, beta_m and beta_c in an epoch, counted from 1.
  package func objectiveWeights(epoch: Int) -> ObjectiveWeights {
    ObjectiveWeights(
      reconstruction: model.modalities.map(\.reconstructionWeight),
      modality: training.warmUp.modality.map { min(1, Double(epoch) / Double($0)) } ?? 1,
      core: min(1, Double(epoch) / Double(training.warmUp.core)))
  }
}

extension Duration {
  package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
