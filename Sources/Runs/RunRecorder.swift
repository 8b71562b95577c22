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
  private let lock: RunLock?
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant

  /// - Parameters:
  ///   - logEverySteps: also keep the losses of every so many steps.
  ///   - resumedFrom: the checkpoint that this session resumes from.
  ///   - lock: of the directory; checked before every checkpoint.
  package init(
    _ directory: RunDirectory, _ logs: RunLogs, logEverySteps: Int?, _ writer: CheckpointWriter,
    _ schedule: CheckpointSchedule, resumedFrom: CheckpointID?, lock: RunLock? = nil, warn: @escaping (String) -> Void
  ) {
    (self.directory, self.logs, self.logEverySteps) = (directory, logs, logEverySteps)
    (self.writer, self.schedule, self.resumedFrom, self.lock) = (writer, schedule, resumedFrom, lock)
    writeErrors = WriteErrorReporter(directory, warn: warn)
    lastCheckpoint = clock.now
  }

  /// The first step of a session begins, its rows have been read: what ends the session before the step is over may be
  /// the checkpoint's fault.
  package func firstStepBegins() {
    if let resumedFrom { attempt { try directory.crashLoopGuard.begin(resumedFrom) } }
  }

  package func stepEnded(_ report: StepReport) {
    if let id = resumedFrom {
      attempt { try directory.crashLoopGuard.forget(upTo: id) }
      resumedFrom = nil
    }
    if let logEverySteps, report.step % UInt64(logEverySteps) == 0 {
      attempt { try logs.steps?.append(report) }
      attempt { try logs.events?.append(report) }
    }
    writer.poll()
    if let failure = writer.failure {
      writeErrors.report(failure)
    } else if logs.waiting.isEmpty {
      writeErrors.reportRecovery(lost: lostBest)
    }
  }

  private var lostBest: String? {
    writer.lostBest.map { "the checkpoint of epoch \($0.epoch), the best one" }
  }

  /// Whether a checkpoint within the epoch is due after a step. None is while another is still being written, or a
  /// best epoch waits to be: training does not wait for a slow disk.
  package func isCheckpointDue(step: UInt64) -> Bool {
    schedule.isDue(step: step, sinceLast: clock.now - lastCheckpoint) && !writer.isWriting()
      && !writer.holdsUnwrittenBest
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
  /// - Returns: the best epoch whose checkpoint is on the disk, or will be with this one.
  /// - Throws: `RunError` when another session has taken the directory.
  package func save(_ state: CheckpointState) throws -> CheckpointState.Best? {
    try lock?.check()
    for log in logs.all { attempt { try log.flush() } }
    lastCheckpoint = clock.now
    return writer.begin(state)
  }

  /// Returns when the last checkpoint is on the disk, or could not be written: that of a best epoch not twice.
  package func waitForCheckpoint() { writer.settle() }

  /// Saves what can be saved when training fails: the checkpoint that is being written, and what waits in memory.
  /// - Parameter seconds: to wait for the checkpoint at most.
  package func rescue(seconds: Double) {
    for log in logs.all { try? log.flush() }
    writer.wait(seconds: seconds)
  }

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
    guard let reason else { return writeErrors.reportRecovery(lost: lostBest) }
    throw RunError("\(reason). Lost: \(lost.joined(separator: ", "))")
  }

  private var lostState: String {
    let newest = (try? directory.checkpoints())?.first.map { "the newest checkpoint is \($0.fileName)" }
    return "the state after step \(writer.state?.step ?? 0) (\(newest ?? "there is no checkpoint"))"
  }

  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch { writeErrors.report(error) }
  }
}
