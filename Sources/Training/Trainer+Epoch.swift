internal import Communication
internal import Configuration
internal import Kernels
internal import Layers
internal import Models

extension Trainer {
  /// Trains the epoch under way to its end, or until any rank is asked to stop.
  /// - Parameter recorder: on rank 0.
  /// - Returns: what stopped it.
  func trainEpoch(_ recorder: RunRecorder?) throws -> StopCause? {
    let epoch = state.epoch + 1
    let weights = configuration.objectiveWeights(epoch: epoch)
    let clock = ContinuousClock()
    var progress = state.progress ?? EpochProgress(termSums: replica.termSums.map { _ in 0 })
    let start = clock.now - .seconds(progress.seconds)
    input.begin(epoch: epoch)
    for step in try firstStep()..<input.plan.stepsPerEpoch {
      try takeStep(step, of: epoch, weights, recorder)
      for i in progress.termSums.indices { progress.termSums[i] += replica.termSums[i] }
      progress.seconds = (clock.now - start).seconds
      let isLast = step + 1 == input.plan.stepsPerEpoch
      let isDue = !isLast && recorder?.isCheckpointDue(step: replica.stepCount) ?? false
      if isDue || replica.stop.cause != nil { try save(progress, recorder) }
      if let cause = replica.stop.cause { return cause }
    }
    let validationTerms = try validation.terms(of: replica, weights: weights)
    if let cause = replica.stop.cause {
      try save(progress, recorder)
      return cause
    }
    let report = report(progress, validationTerms, weights, seconds: (clock.now - start).seconds)
    try replica.compare(after: "epoch \(epoch)")
    complete(report, recorder)
    return nil
  }

  /// The step of the epoch that comes next, counted from 0: beyond the last when only validation is left.
  private func firstStep() throws -> Int {
    let steps = input.plan.stepsPerEpoch
    let step = Int(replica.stepCount) - state.epoch * steps
    guard (0...steps).contains(step), state.progress.map({ $0.termSums.count == replica.termSums.count }) ?? true else {
      throw TrainingError("the checkpoint says step \(replica.stepCount) in epoch \(state.epoch + 1) of \(steps) steps")
    }
    return step
  }

  private func takeStep(
    _ step: Int, of epoch: Int, _ weights: ObjectiveWeights, _ recorder: RunRecorder?
  ) throws {
    let batch = try replica.timer.measure(.input) { try input.batch(step: step) }
    try replica.step(batch, weights: weights, learningRate: configuration.training.learningRate) {
      input.rows(step: step)
    }
    try trace?.stepEnded()
    guard let recorder else { return }
    let rows = batch.rows.global
    let loss = replica.model.loss(terms: UnsafeBufferPointer(replica.termSums), weights: weights) / Double(rows)
    observer?.stepEnded(epoch: epoch, step: step + 1, rows: rows, loss: loss)
    recorder.stepEnded(replica.stepCount, epoch: epoch, loss: loss)
  }

  /// A checkpoint within the epoch. The other ranks need not wait: what rank 0 copies changes only with its help.
  private func save(_ progress: EpochProgress, _ recorder: RunRecorder?) throws {
    try replica.checkWeights(after: "step \(replica.stepCount)")
    (state.step, state.progress) = (replica.stepCount, progress)
    collectives.watch.whereabouts.note(.saving)
    recorder?.save(state)
  }

  /// The end of an epoch. The metrics first: those without their checkpoint are removed on resume, an epoch without
  /// them would be lost. The pictures last: an epoch can do without.
  private func complete(_ report: EpochReport, _ recorder: RunRecorder?) {
    (state.epoch, state.step, state.progress) = (report.epoch, replica.stepCount, nil)
    if let elbo = report.validation?.elbo, elbo > state.best?.elbo ?? -.infinity {
      state.best = CheckpointState.Best(epoch: report.epoch, elbo: elbo)
    }
    collectives.watch.whereabouts.note(.saving)
    recorder?.epochEnded(report)
    recorder?.save(state)
    observer?.epochEnded(report)
    if let recorder { drawSamples(recorder) }
  }

  /// Shows what has been learned so far, if that is due. The other ranks go on to where they need rank 0; until then
  /// weights do not change. Drawing takes time and memory: should the job not survive it, the epoch is on the disk.
  private func drawSamples(_ recorder: RunRecorder) {
    guard let sampler = recording.sampler, sampler.isDue(epoch: state.epoch, of: configuration.training.epochs) else {
      return
    }
    recorder.awaitCheckpoint()
    collectives.watch.whereabouts.note(.sampling)
    do {
      recorder.add(try sampler.draw(replica.model), epoch: state.epoch, step: state.step)
    } catch {
      observer?.warning("epoch \(state.epoch): no pictures were drawn: \(error)")
    }
  }

  private func report(
    _ progress: EpochProgress, _ validationTerms: [Double]?, _ weights: ObjectiveWeights, seconds: Double
  ) -> EpochReport {
    let rows = Double(input.plan.rowCount)
    return EpochReport(
      epoch: state.epoch + 1, step: replica.stepCount,
      training: objectiveReport(progress.termSums.map { $0 / rows }, weights),
      validation: validationTerms.map { objectiveReport($0, weights) },
      warmUpModality: configuration.training.warmUp.modality.map { _ in weights.modality },
      warmUpCore: weights.core, imagesPerSecond: rows / progress.seconds, seconds: seconds,
      worldSize: collectives.worldSize)
  }

  private func objectiveReport(_ terms: [Double], _ weights: ObjectiveWeights) -> ObjectiveReport {
    terms.withUnsafeBufferPointer { values in
      ObjectiveReport(
        loss: replica.model.loss(terms: values, weights: weights), elbo: replica.model.elbo(terms: values),
        terms: Dictionary(uniqueKeysWithValues: zip(replica.model.termNames, terms)))
    }
  }
}
