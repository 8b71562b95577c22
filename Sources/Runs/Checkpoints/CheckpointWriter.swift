internal import Storage

/// Writes checkpoints asynchronously: training waits only until the state is copied.
///
/// One checkpoint at a time: `begin` waits while the previous one is being written. The copy is kept until the next
/// checkpoint, so that a failed write can be retried.
package final class CheckpointWriter {
  private let directory: RunDirectory
  private let keeping: Int
  private let original: StateTensors
  /// Allocated by the first checkpoint.
  private lazy var copy = StateTensors(roomFor: original)
  private lazy var thread = BackgroundThread(name: "checkpoints")
  private var isStarted = false
  private var isBusy = false
  /// The metadata of the copy; nil before the first checkpoint.
  private(set) var state: CheckpointState?
  /// The error of the last finished write; nil if it succeeded.
  private(set) var failure: (any Error)?

  package init(_ original: StateTensors, directory: RunDirectory, keeping: Int) {
    (self.original, self.directory, self.keeping) = (original, directory, keeping)
  }

  deinit { if isStarted { thread.end() } }

  /// Copies the state and begins to write it. Discards an earlier copy that could not be written.
  func begin(_ state: CheckpointState) {
    wait()
    copy.copy(original)
    self.state = state
    start(state)
  }

  /// Updates `failure` if the current write has finished. Does not wait.
  func poll() {
    if isBusy, thread.isDone { wait() }
  }

  /// Returns when the last checkpoint is on the disk.
  /// - Throws: when it could not be written, and the retry failed, too.
  func finish() throws {
    wait()
    if failure != nil, let state {
      start(state)
      wait()
    }
    if let failure { throw failure }
  }

  /// Returns when nothing is being written, and updates `failure`.
  func wait() {
    guard isBusy else { return }
    isBusy = false
    do {
      try thread.wait()
      failure = nil
    } catch {
      failure = error
    }
  }

  private func start(_ state: CheckpointState) {
    (isBusy, isStarted) = (true, true)
    // Only the thread touches the copy until it has been waited for.
    nonisolated(unsafe) let copy = copy
    let (directory, keeping) = (directory, keeping)
    thread.start {
      try Checkpoint.write(copy, state, to: directory.checkpointPath(state.id))
      try directory.rotate(last: state.id, best: state.best?.epoch, keeping: keeping)
      try directory.crashLoopGuard.forget(upTo: state.id)
    }
  }
}
