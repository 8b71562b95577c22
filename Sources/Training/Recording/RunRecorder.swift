internal import Foundation

/// Rank 0's part of a run: metrics, losses of steps, pictures and checkpoints, written to the run directory.
///
/// A directory that can no longer be written does not end the run: metrics wait in memory, the next checkpoint is
/// another try. Only at the end is it an error.
final class RunRecorder {
  private let directory: RunDirectory
  private let metrics: MetricsLog
  private let steps: MetricsLog?
  private let events: EventLog
  private let samples: SampleFiles
  private let logs: [any RunLog]
  private let learningRate: Double
  private let logEverySteps: Int?
  /// The checkpoint that has still to show that a step can be taken from it.
  private var resumedFrom: CheckpointPlace?
  private let writer: CheckpointWriter
  private let schedule: CheckpointSchedule
  private let trouble: WriteTrouble
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant

  /// Opens the logs and removes from them what comes after `state`.
  /// - Parameters:
  ///   - about: what the run is.
  ///   - resumedFrom: the checkpoint that this session goes on from.
  ///   - logEverySteps: also keep the losses of every so many steps.
  /// - Throws: when the directory cannot be written.
  init(
    _ directory: RunDirectory, _ writer: CheckpointWriter, from state: CheckpointState, about: RunDescription,
    schedule: CheckpointSchedule, resumedFrom: CheckpointPlace?, logEverySteps: Int?, warn: @escaping (String) -> Void
  ) throws {
    (self.directory, self.writer, self.schedule) = (directory, writer, schedule)
    (self.resumedFrom, self.logEverySteps) = (resumedFrom, logEverySteps)
    metrics = try MetricsLog(path: directory.metricsPath) { Self.isStale($0, "epoch", state.epoch) }
    // Lines of steps that will be taken again go, whether or not new ones are asked for.
    steps =
      try logEverySteps != nil || directory.holdsSteps
      ? MetricsLog(path: directory.stepsPath) { Self.isStale($0, "step", Int(state.step)) } : nil
    events = try EventLog(directory: directory.eventsPath, from: state, about: about)
    samples = SampleFiles(directory: directory.samplesPath)
    logs = [metrics, events, samples] + (steps.map { [$0] } ?? [])
    learningRate = about.learningRate
    trouble = WriteTrouble(directory, warn: warn)
    lastCheckpoint = clock.now
  }

  private static func isStale(_ record: [String: Any], _ key: String, _ last: Int) -> Bool {
    (record[key] as? Int).map { $0 > last } ?? true
  }

  func stepEnded(_ step: UInt64, epoch: Int, loss: Double) {
    if let place = resumedFrom {
      attempt { try directory.attempts.forget(upTo: place) }
      resumedFrom = nil
    }
    if let logEverySteps, step % UInt64(logEverySteps) == 0 {
      let report = StepReport(step: step, epoch: epoch, loss: loss)
      attempt { try steps?.append(report) }
      attempt { try events.append(report) }
    }
    writer.poll()
    if let failure = writer.failure { trouble.met(failure) } else if areLogsWritten { trouble.isOver() }
  }

  /// Whether a checkpoint within the epoch is due after a step.
  func isCheckpointDue(step: UInt64) -> Bool { schedule.isDue(step: step, sinceLast: clock.now - lastCheckpoint) }

  func epochEnded(_ report: EpochReport) {
    attempt { try metrics.append(report) }
    attempt { try events.append(report, learningRate: learningRate) }
  }

  func add(_ pictures: [SamplePicture], epoch: Int, step: UInt64) {
    guard !pictures.isEmpty else { return }
    attempt { try samples.add(pictures, epoch: epoch) }
    attempt { try events.append(pictures, step: Int(step)) }
  }

  /// Begins a checkpoint of the replica as it is.
  func save(_ state: CheckpointState) {
    for log in logs { attempt { try log.flush() } }
    writer.begin(state)
    lastCheckpoint = clock.now
  }

  /// Returns when the last checkpoint is on the disk, or could not be written.
  func awaitCheckpoint() { writer.wait() }

  /// Returns when everything is on the disk.
  /// - Throws: `TrainingError` that says what is lost, if anything is.
  func finish() throws {
    var lost: [String] = []
    var reason: (any Error)?
    func last(_ what: @autoclosure () -> String, _ body: () throws -> Void) {
      do { try body() } catch { (lost, reason) = (lost + [what()], error) }
    }
    for log in logs { last(log.waiting ?? "") { try log.flush() } }
    last(lostState) { try writer.finish() }
    guard let reason else { return trouble.isOver() }
    throw TrainingError("\(reason). Lost: \(lost.joined(separator: ", "))")
  }

  private var lostState: String {
    let newest = directory.checkpoints().first.map { "the newest checkpoint is \($0.fileName)" }
    return "the state after step \(writer.state?.step ?? 0) (\(newest ?? "there is no checkpoint"))"
  }

  private var areLogsWritten: Bool { logs.allSatisfy { $0.waiting == nil } }

  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch { trouble.met(error) }
  }
}
