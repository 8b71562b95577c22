internal import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
internal import Layers
internal import Models
internal import Profiling
internal import Runs
internal import Storage

extension Trainer {
  /// Trains the current epoch to its end, or until any rank receives a stop request.
  /// - Parameter recorder: on rank 0.
  /// - Returns: why it stopped early; nil if it did not.
  func trainEpoch(_ recorder: RunRecorder?) throws -> StopCause? {
    let epoch = state.epoch + 1
    let weights = configuration.objectiveWeights(epoch: epoch)
    let clock = ContinuousClock()
    var progress = state.progress ?? EpochProgress(termSums: replica.termSums.map { _ in 0 })
    let start = clock.now - .seconds(progress.seconds)
    loader.begin(epoch: epoch)
    for step in try firstStep()..<loader.plan.stepsPerEpoch {
      try takeStep(step, of: epoch, weights, recorder)
      for i in progress.termSums.indices { progress.termSums[i] += replica.termSums[i] }
      if let norm = replica.gradientNorm {
        progress.gradientNorms.add(norm, clipNorm: configuration.training.clipNorm)
      }
      progress.seconds = (clock.now - start).seconds
      let isLast = step + 1 == loader.plan.stepsPerEpoch
      if let cause = replica.stop.cause { return try stop(cause, progress, recorder) }
      if !isLast, recorder?.isCheckpointDue(step: replica.stepCount) ?? false { try save(progress, recorder) }
    }
    let validationTerms = try validation.terms(of: replica, weights: weights)
    if let cause = replica.stop.cause { return try stop(cause, progress, recorder) }
    let report = report(progress, validationTerms, weights, seconds: (clock.now - start).seconds)
    try replica.compare(after: "epoch \(epoch)")
    try complete(report, recorder)
    return nil
  }

  private func stop(_ cause: StopCause, _ progress: EpochProgress, _ recorder: RunRecorder?) throws -> StopCause {
    try waitForCheckpoint(recorder, seconds: .infinity)
    try note(progress)
    try saveTogether(recorder)
    return cause
  }

  /// The next step of the epoch, counted from 0; beyond the last when only validation is left.
  func firstStep() throws -> Int {
    let steps = loader.plan.stepsPerEpoch
    let step = Int(replica.stepCount) - state.epoch * steps
    guard (0...steps).contains(step), state.progress.map({ $0.termSums.count == replica.termSums.count }) ?? true else {
      throw TrainingError("the checkpoint says step \(replica.stepCount) in epoch \(state.epoch + 1) of \(steps) steps")
    }
    return step
  }

  /// Without clipping the gradient's norm is measured in every so many steps of an epoch, from the first on.
  private static let stepsPerNorm = 16

  /// - Parameter step: steps taken before.
  func learningRate(step: UInt64) -> Double {
    let training = configuration.training
    return training.schedule.rate(
      base: training.learningRate,
      at: LearningRateSchedule.Position(
        step: step, stepsPerEpoch: loader.plan.stepsPerEpoch, epochs: training.epochs,
        reductions: state.plateau.reductions))
  }

  private func takeStep(
    _ step: Int, of epoch: Int, _ weights: ObjectiveWeights, _ recorder: RunRecorder?
  ) throws {
    let batch = try replica.timer.measure(.input) { try loader.batch(step: step) }
    if isFirstStep { _ = try collectives.onRoot { recorder?.firstStepBegins() } }
    let learningRate = learningRate(step: replica.stepCount)
    try replica.step(
      batch, weights: weights, learningRate: learningRate, clipNorm: configuration.training.clipNorm,
      measuresNorm: step % Self.stepsPerNorm == 0
    ) {
      loader.rows(step: step)
    }
    try trace?.stepEnded()
    let rows = batch.rows.global
    if isFirstStep && configuration.model.isGenerative { try warnOfFarValues(batch) }
    isFirstStep = false
    guard let recorder else { return }
    let loss = replica.model.loss(terms: UnsafeBufferPointer(replica.termSums), weights: weights) / Double(rows)
    observer?.stepEnded(epoch: epoch, step: step + 1, rows: rows, loss: loss)
    try recorder.stepEnded(
      StepReport(
        step: replica.stepCount, epoch: epoch, loss: loss, learningRate: learningRate,
        gradientNorm: replica.gradientNorm))
  }

  /// Names modalities of real numbers whose values are far from what a model starts with: mean 0, variance 1.
  /// Collective.
  private func warnOfFarValues(_ batch: Batch) throws {
    var rows = batch.present.map { Double($0.count) }
    try rows.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    for (index, modality) in configuration.model.modalities.enumerated() where rows[index] > 0 {
      // Every generative family has the modalities' likelihoods as its first terms.
      let nats = replica.termSums[index] / (rows[index] * Double(modality.shape.count))
      guard let least = Self.leastNats(modality.likelihood), nats < least else { continue }
      observer?.warning(
        "the values of \(modality.name) are far from a mean of 0 and a variance of 1: a value has a log-likelihood of "
          + "\(Int(nats.rounded())) nats in the first step. Pack them again as FILE:\(modality.likelihood.rawValue),standardise, "
          + "so that models see standardised values")
    }
  }

  /// The log-likelihood of a value that is some 45 away from its mean, at a variance or scale of 1.
  private static func leastNats(_ likelihood: LikelihoodKind) -> Double? {
    switch likelihood {
    case .gaussian: -1000
    case .laplace: -45
    default: nil
    }
  }

  /// Training goes on: its own loss is finite.
  private func warnOfValidation(_ report: EpochReport) {
    guard let validation = report.validation, !validation.elbo.isFinite, !hasWarnedOfValidation else { return }
    hasWarnedOfValidation = true
    let names = validation.terms.filter { !$0.value.isFinite }.keys.sorted().joined(separator: ", ")
    observer?.warning(
      "epoch \(report.epoch): the validation ELBO is not finite (\(names)), and the epoch cannot be the best. A smaller "
        + "training.learning_rate, or standardised data, may help")
  }

  /// Saves a checkpoint within the epoch. The other ranks need not wait: shared weights change only after a barrier
  /// that needs rank 0. Of what rounding between nodes has lost it has the first node's only.
  private func save(_ progress: EpochProgress, _ recorder: RunRecorder?) throws {
    try note(progress)
    try save(recorder)
  }

  /// Notes how far the epoch has got, for a checkpoint within it.
  private func note(_ progress: EpochProgress) throws {
    try replica.checkWeights(after: "step \(replica.stepCount)")
    (state.step, state.progress) = (replica.stepCount, progress)
  }

  /// Saves a checkpoint that has all there is of every host. Collective.
  private func saveTogether(_ recorder: RunRecorder?) throws {
    try replica.collectResidual()
    try save(recorder)
  }

  private func save(_ recorder: RunRecorder?) throws {
    collectives.watchdog.progress.enter(.saving)
    if let recorder { state.best = try recorder.save(state) }
  }

  /// Records the end of an epoch. Metrics first: without their checkpoint they are removed on resume, but a checkpoint
  /// without them would lose them. Pictures last: they are optional.
  private func complete(_ report: EpochReport, _ recorder: RunRecorder?) throws {
    (state.epoch, state.step, state.progress) = (report.epoch, replica.stepCount, nil)
    warnOfValidation(report)
    follow(report)
    try waitForCheckpoint(recorder, seconds: isComplete ? .infinity : patience)
    recorder?.epochEnded(report)
    try saveTogether(recorder)
    observer?.epochEnded(report)
    try drawSamples(recorder)
  }

  /// What the epoch's validation ELBO decides, on all ranks.
  private func follow(_ report: EpochReport) {
    guard let elbo = report.validation?.elbo else { return }
    if elbo > state.best?.elbo ?? -.infinity { state.best = CheckpointState.Best(epoch: report.epoch, elbo: elbo) }
    if elbo > state.highest?.elbo ?? -.infinity {
      state.highest = CheckpointState.Best(epoch: report.epoch, elbo: elbo)
    }
    let training = configuration.training
    if case .plateau(_, let patience, _) = training.schedule.shape,
      report.epoch >= training.warmUpEnd(stepsPerEpoch: loader.plan.stepsPerEpoch)
    {
      state.plateau.observe(elbo: elbo, patience: patience)
    }
  }

  /// Returns on all ranks when no checkpoint is being written any more, or after `seconds`. Collective.
  private func waitForCheckpoint(_ recorder: RunRecorder?, seconds: Double) throws {
    collectives.watchdog.progress.enter(.saving)
    _ = try collectives.onRoot { recorder?.waitForCheckpoint(seconds: seconds) }
  }

  /// For how many seconds an epoch that is not the last waits for the disk before it goes on without a checkpoint.
  private var patience: Double {
    let timeout = collectives.watchdog.timeout
    return timeout > 0 ? Double(timeout) / 2 : 150
  }

  /// Draws pictures on rank 0, if they are due. Drawing takes time and memory: should it kill the job, the epoch is
  /// already on the disk. Collective.
  private func drawSamples(_ recorder: RunRecorder?) throws {
    guard let sampler = recording.sampler, sampler.isDue(epoch: state.epoch, isLast: isComplete) else {
      return
    }
    try waitForCheckpoint(recorder, seconds: patience)
    collectives.watchdog.progress.enter(.sampling)
    let (model, epoch, step, observer) = (replica.evaluatedModel, state.epoch, state.step, observer)
    _ = try collectives.onRoot {
      do {
        recorder?.add(try sampler.draw(model), epoch: epoch, step: step)
      } catch {
        observer?.warning("epoch \(epoch): no pictures were drawn: \(error)")
      }
    }
  }

  private func report(
    _ progress: EpochProgress, _ validationTerms: [Double]?, _ weights: ObjectiveWeights, seconds: Double
  ) -> EpochReport {
    let rows = Double(loader.plan.rowsPerEpoch)
    return EpochReport(
      epoch: state.epoch + 1, step: replica.stepCount,
      training: objectiveReport(progress.termSums.map { $0 / rows }, weights, .train),
      validation: validationTerms.map { objectiveReport($0, weights, .validation) },
      warmUpModality: configuration.training.warmUp.modality.map { _ in weights.modality },
      warmUpCore: weights.core, learningRate: learningRate(step: replica.stepCount - 1),
      gradientNorms: progress.gradientNorms, clips: configuration.training.clipNorm != nil,
      imagesPerSecond: rows / progress.seconds, seconds: seconds, worldSize: collectives.worldSize)
  }

  private func objectiveReport(_ terms: [Double], _ weights: ObjectiveWeights, _ split: Split) -> ObjectiveReport {
    terms.withUnsafeBufferPointer { values in
      ObjectiveReport(
        loss: replica.model.loss(terms: values, weights: weights), elbo: replica.model.elbo(terms: values),
        terms: Dictionary(uniqueKeysWithValues: zip(replica.model.termNames, terms)), rows: presentRows[split])
    }
  }
}
