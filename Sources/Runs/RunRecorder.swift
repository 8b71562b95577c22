/// Writes what a run produces, on rank 0: metrics, losses of steps, pictures and checkpoints.
///
/// A directory that cannot be written does not end the run: metrics wait in memory, and every checkpoint is another
/// attempt. Only at the end is it an error.
package final class RunRecorder {
  private let directory: RunDirectory
  private let logs: RunLogs
  private let logEverySteps: Int?
  /// The checkpoint that this session resumed from, until the first step has been taken.
  private var resumedFrom: CheckpointID?
  private let writer: CheckpointWriter
  private let schedule: CheckpointSchedule
  private let writeErrors: WriteErrorReporter
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant

  /// - Parameters:
  ///   - logEverySteps: also keep the losses of every so many steps.
  ///   - resumedFrom: the checkpoint that this session resumes from.
  package init(
    _ directory: RunDirectory, _ logs: RunLogs, logEverySteps: Int?, _ writer: CheckpointWriter,
    _ schedule: CheckpointSchedule, resumedFrom: CheckpointID?, warn: @escaping (String) -> Void
  ) {
    (self.directory, self.logs, self.logEverySteps) = (directory, logs, logEverySteps)
    (self.writer, self.schedule, self.resumedFrom) = (writer, schedule, resumedFrom)
    writeErrors = WriteErrorReporter(directory, warn: warn)
    lastCheckpoint = clock.now
  }

  package func stepEnded(_ step: UInt64, epoch: Int, loss: Double) {
    if let id = resumedFrom {
      attempt { try directory.crashLoopGuard.forget(upTo: id) }
      resumedFrom = nil
    }
    if let logEverySteps, step % UInt64(logEverySteps) == 0 {
      let report = StepReport(step: step, epoch: epoch, loss: loss)
      attempt { try logs.steps?.append(report) }
      attempt { try logs.events?.append(report) }
    }
    writer.poll()
    if let failure = writer.failure {
      writeErrors.report(failure)
    } else if logs.waiting.isEmpty {
      writeErrors.reportRecovery()
    }
  }

  /// Whether a checkpoint within the epoch is due after a step.
  package func isCheckpointDue(step: UInt64) -> Bool {
    schedule.isDue(step: step, sinceLast: clock.now - lastCheckpoint)
  }

  package func epochEnded(_ report: EpochReport) {
    attempt { try logs.metrics.append(report) }
    attempt { try logs.events?.append(report) }
  }

  package func add(_ pictures: [SamplePicture], epoch: Int, step: UInt64) {
    guard !pictures.isEmpty else { return }
    attempt { try logs.samples.add(pictures, epoch: epoch) }
    attempt { try logs.events?.append(pictures, step: Int(step)) }
  }

  /// Begins a checkpoint of the replica as it is.
  package func save(_ state: CheckpointState) {
    for log in logs.all { attempt { try log.flush() } }
    writer.begin(state)
    lastCheckpoint = clock.now
  }

  /// Returns when the last checkpoint is on the disk, or could not be written.
  package func waitForCheckpoint() { writer.wait() }

  /// Returns when everything is on the disk.
  /// - Throws: `RunError` that says what is lost, if anything is.
  package func finish() throws {
    var lost: [String] = []
    var reason: (any Error)?
    func last(_ what: @autoclosure () -> String, _ body: () throws -> Void) {
      do { try body() } catch { (lost, reason) = (lost + [what()], error) }
    }
    for log in logs.all { last(log.waiting ?? "") { try log.flush() } }
    last(lostState) { try writer.finish() }
    guard let reason else { return writeErrors.reportRecovery() }
    throw RunError("\(reason). Lost: \(lost.joined(separator: ", "))")
  }

  private var lostState: String {
    let newest = directory.checkpoints().first.map { "the newest checkpoint is \($0.fileName)" }
    return "the state after step \(writer.state?.step ?? 0) (\(newest ?? "there is no checkpoint"))"
  }

  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch { writeErrors.report(error) }
  }
}
