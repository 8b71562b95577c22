internal import Foundation
internal import Storage

/// Writes checkpoints asynchronously: training waits only until the state is copied.
///
/// One checkpoint at a time. The copy is kept until the next checkpoint, so that a failed write can be retried.
package final class CheckpointWriter {
  private let directory: RunDirectory
  private let keeping: Int
  private let original: StateTensors
  private let copy: StateTensors
  private lazy var thread = BackgroundThread(name: "checkpoints")
  private var isStarted = false
  /// Done on the writer's thread before each write, which fails if it throws, and before links and older checkpoints are
  /// touched.
  var beforeWriting: @Sendable () throws -> Void = {}
  /// Whether a checkpoint has been written.
  private(set) var hasWritten = false
  private var isBusy = false
  /// The metadata of the copy; nil before the first checkpoint.
  private(set) var state: CheckpointState?
  /// The error of the last finished write, links and removals included; nil if all succeeded.
  private(set) var failure: (any Error)?
  /// The best of the epochs whose checkpoints are on the disk.
  private var best: CheckpointState.Best?
  /// A best epoch whose checkpoint could not be written and was given up for a later one.
  private(set) var lostBest: CheckpointState.Best?

  /// Allocates the memory of the copy, so that a lack of it shows at the start.
  /// - Parameter best: the best epoch of the checkpoint that this session resumes from.
  package init(_ original: StateTensors, directory: RunDirectory, keeping: Int, best: CheckpointState.Best? = nil) {
    (self.original, self.directory, self.keeping, self.best) = (original, directory, keeping, best)
    copy = StateTensors(roomFor: original)
    copy.copy(original)
  }

  deinit { if isStarted { thread.end() } }

  /// Copies the state and begins to write it. An earlier copy that could not be written is discarded.
  /// - Returns: the best epoch that the checkpoint names: one whose own checkpoint is on the disk, or will be with this.
  func begin(_ state: CheckpointState) -> CheckpointState.Best? {
    wait()
    var state = state
    if !state.isBest, state.best != best {
      lostBest = state.best
      state.best = best
    }
    copy.copy(original)
    self.state = state
    start(state)
    return state.best
  }

  /// Whether a write is under way.
  func isWriting() -> Bool {
    poll()
    return isBusy
  }

  /// Whether the copy is of a best epoch and could not be written: the next checkpoint would discard it.
  var holdsUnwrittenBest: Bool { canRetry && state?.isBest ?? false }

  /// What another session has taken is not tried again.
  private var canRetry: Bool { failure.map { !($0 is LockLostError) } ?? false }

  /// Leaves a checkpoint out.
  /// - Returns: the best epoch whose checkpoint is on the disk, or is being written.
  func giveUp(_ given: CheckpointState) -> CheckpointState.Best? {
    if given.isBest { lostBest = given.best }
    return state?.best ?? best
  }

  /// Returns when nothing is being written, or after `seconds`. A best epoch that could not be written is tried once
  /// more.
  func settle(seconds: Double) {
    let end = Self.instant(after: seconds)
    wait(until: end)
    guard !isBusy, holdsUnwrittenBest, let state else { return }
    start(state)
    wait(until: end)
  }

  /// Updates `failure` if the current write has finished. Does not wait.
  func poll() {
    if isBusy, thread.isDone { wait() }
  }

  /// Returns when the last checkpoint is on the disk.
  /// - Throws: when it could not be written, and the retry failed, too.
  func finish() throws {
    wait()
    if canRetry, let state {
      start(state)
      wait()
    }
    if let failure { throw failure }
  }

  /// Returns when nothing is being written, and updates `failure`.
  func wait() {
    guard isBusy else { return }
    finished { try thread.wait() }
  }

  /// The same, but after `seconds` at the latest.
  func wait(seconds: Double) { wait(until: Self.instant(after: seconds)) }

  /// - Parameter seconds: may be infinite.
  private static func instant(after seconds: Double) -> ContinuousClock.Instant { .now + .seconds(min(seconds, 1e9)) }

  private func wait(until end: ContinuousClock.Instant) {
    while isWriting(), ContinuousClock.now < end { usleep(10_000) }
  }

  private func finished(_ result: () throws -> Void) {
    isBusy = false
    do {
      try result()
      failure = nil
    } catch let error as LinkingError {
      failure = error.cause
    } catch {
      failure = error
      return
    }
    hasWritten = true
    guard let state, state.isBest else { return }
    best = state.best
    // A later one may have been left out meanwhile.
    if let lost = lostBest, lost.epoch <= state.epoch { lostBest = nil }
  }

  /// The checkpoint is on the disk, but links or older checkpoints could not be changed.
  private struct LinkingError: Error { let cause: any Error }

  private func start(_ state: CheckpointState) {
    (isBusy, isStarted) = (true, true)
    // Only the thread touches the copy until it has been waited for.
    nonisolated(unsafe) let copy = copy
    let (directory, keeping, beforeWriting) = (directory, keeping, beforeWriting)
    thread.start {
      try beforeWriting()
      directory.recreateCheckpoints()
      try directory.synchronizeMetrics()
      try Checkpoint.write(copy, state, to: directory.checkpointPath(state.id))
      try beforeWriting()
      do {
        try directory.rotate(last: state.id, best: state.best?.epoch, keeping: keeping)
        try directory.crashLoopGuard.forget(upTo: state.id)
      } catch {
        throw LinkingError(cause: error)
      }
    }
  }
}

extension CheckpointState {
  /// Whether it is the end of the best epoch so far.
  fileprivate var isBest: Bool { progress == nil && best?.epoch == epoch }
}
