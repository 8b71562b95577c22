/// Writes what a run produces, on rank 0: metrics, losses of steps, pictures and checkpoints.
///
/// A directory that cannot be written does not end the run: metrics wait in memory, and every checkpoint is another
/// attempt. Only at the end is it an error. Nor does one that hangs: files are written on other threads, and what asks
/// for them waits for a limited time only.
package final class RunRecorder {
  private let directory: RunDirectory
  private let logs: QueuedLogs
  private let logEverySteps: Int?
  /// The checkpoint that this session resumed from, until the first step has been taken.
  private var resumedFrom: CheckpointID?
  private let writer: CheckpointWriter
  /// Throws `LockLostError` when another session has taken the directory.
  private let checkLock: @Sendable () throws -> Void
  /// Whether the run had a checkpoint before this session.
  private let isResumed: Bool
  private let schedule: CheckpointSchedule
  private let writeErrors: WriteErrorReporter
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant
  /// Whether one was left out, because the one before was still being written.
  private var owesCheckpoint = false

  /// - Parameters:
  ///   - logEverySteps: also keep the losses of every so many steps.
  ///   - resumedFrom: the checkpoint that this session resumes from.
  ///   - lock: of the directory; checked before anything is written.
  package init(
    _ directory: RunDirectory, _ logs: RunLogs, logEverySteps: Int?, _ writer: CheckpointWriter,
    _ schedule: CheckpointSchedule, resumedFrom: CheckpointID?, lock: RunLock? = nil, warn: @escaping (String) -> Void
  ) {
    let checkLock: @Sendable () throws -> Void = { try lock?.check() }
    let logs = QueuedLogs(logs, check: checkLock)
    (self.directory, self.logs, self.logEverySteps) = (directory, logs, logEverySteps)
    (self.writer, self.schedule, self.resumedFrom) = (writer, schedule, resumedFrom)
    (self.checkLock, isResumed) = (checkLock, resumedFrom != nil)
    writeErrors = WriteErrorReporter(directory, warn: warn)
    lastCheckpoint = clock.now
    // The metrics of an epoch are on the disk before its checkpoint.
    writer.beforeWriting = {
      logs.wait()
      try checkLock()
    }
  }

  /// The first step of a session begins, its rows have been read: what ends the session before the step is over may be
  /// the checkpoint's fault.
  package func firstStepBegins() {
    if let resumedFrom { attempt { try directory.crashLoopGuard.begin(resumedFrom) } }
  }

  /// - Throws: `LockLostError` when another session has taken the directory.
  package func stepEnded(_ report: StepReport) throws {
    let isWritten = logs.isWritten
    if let id = resumedFrom {
      logs.add { [directory] _ in try directory.crashLoopGuard.forget(upTo: id) }
      resumedFrom = nil
    }
    if let logEverySteps, report.step % UInt64(logEverySteps) == 0 {
      logs.add { try $0.steps?.append(report) }
      logs.add { try $0.events?.append(report) }
    }
    let isWriting = writer.isWriting()
    let failures = [writer.failure, logs.takeFailure()].compactMap(\.self)
    for case let lost as LockLostError in failures { throw lost }
    if let failure = failures.first {
      writeErrors.report(failure)
    } else if isWritten, !isWriting {
      writeErrors.reportRecovery(lost: lostBest)
    }
  }

  private var lostBest: String? {
    writer.lostBest.map { "the checkpoint of epoch \($0.epoch), the best one" }
  }

  /// Whether a checkpoint within the epoch is due after a step: by the schedule, or in place of one that was left out.
  /// None is while another is still being written, or a best epoch waits to be: training does not wait for a slow disk.
  package func isCheckpointDue(step: UInt64) -> Bool {
    (owesCheckpoint || schedule.isDue(step: step, sinceLast: clock.now - lastCheckpoint)) && !writer.isWriting()
      && !writer.holdsUnwrittenBest
  }

  package func epochEnded(_ report: EpochReport) {
    logs.add { try $0.metrics.append(report) }
    logs.add { try $0.events?.append(report) }
  }

  package func add(_ pictures: [SamplePicture], epoch: Int, step: UInt64) {
    guard !pictures.isEmpty else { return }
    logs.add { try $0.samples.add(pictures, epoch: epoch) }
    logs.add { try $0.events?.append(pictures, step: Int(step)) }
  }

  /// Begins a checkpoint of the replica as it is. While another is still being written there is none, but a warning; it
  /// is made up for as soon as possible.
  /// - Returns: the best epoch whose checkpoint is on the disk, or will be with this one.
  /// - Throws: `LockLostError` when another session has taken the directory.
  package func save(_ state: CheckpointState) throws -> CheckpointState.Best? {
    logs.flush()
    owesCheckpoint = writer.isWriting()
    if let lost = writer.failure as? LockLostError { throw lost }
    guard !owesCheckpoint else {
      writeErrors.report(RunError("\(directory.path) does not answer: step \(state.step) gets no checkpoint"))
      return writer.giveUp(state)
    }
    lastCheckpoint = clock.now
    return writer.begin(state)
  }

  /// Returns when the last checkpoint is on the disk, or could not be written: that of a best epoch not twice.
  /// - Parameter seconds: to wait at most. For the first one of a run there is no limit: metrics of several epochs without
  ///   a checkpoint would say that checkpoints were lost.
  package func waitForCheckpoint(seconds: Double = .infinity) {
    writer.settle(seconds: isResumed || writer.hasWritten ? seconds : .infinity)
  }

  /// Saves what can be saved when training fails: the checkpoint that is being written, and what waits in memory.
  /// - Parameter seconds: to wait at most.
  package func rescue(seconds: Double) {
    let end = clock.now + .seconds(seconds)
    logs.flush()
    logs.wait(seconds: seconds)
    writer.wait(seconds: max(0, (end - clock.now) / .seconds(1)))
  }

  /// Returns when everything is on the disk.
  /// - Throws: `RunError` that says what is lost, if anything is; `LockLostError`.
  package func finish() throws {
    try checkLock()
    var lost: [String] = []
    var reason: (any Error)?
    func last(_ what: @autoclosure () -> String, _ body: () throws -> Void) {
      do { try body() } catch { (lost, reason) = (lost + [what()], error) }
    }
    for (what, error) in logs.finish() { last(what) { throw error } }
    last(lostState) { try writer.finish() }
    if let reason = reason as? LockLostError { throw reason }
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
