/// Writes checkpoints while training goes on, which waits for no more than a copy of the state.
///
/// One checkpoint at a time: if the one before is still being written, it is waited for. The copy stays until the next
/// one, so that what could not be written can be tried again.
final class CheckpointWriter {
  private let directory: RunDirectory
  private let keeping: Int
  private let original: StateTensors
  /// Made when it is needed first.
  private lazy var copy = StateTensors(roomFor: original)
  private lazy var thread = BackgroundThread(name: "checkpoints")
  private var isStarted = false
  private var isBusy = false
  /// What the copy is, once there is one.
  private(set) var state: CheckpointState?
  /// Why the last of which that is known could not be written.
  private(set) var failure: (any Error)?

  init(_ original: StateTensors, directory: RunDirectory, keeping: Int) {
    (self.original, self.directory, self.keeping) = (original, directory, keeping)
  }

  deinit { if isStarted { thread.end() } }

  /// Copies the state and begins to write it. An earlier copy that was not written is given up.
  func begin(_ state: CheckpointState) {
    wait()
    copy.copy(original)
    self.state = state
    start(state)
  }

  /// Learns what became of the checkpoint that is being written, if that is known by now.
  func poll() {
    if isBusy, thread.isDone { wait() }
  }

  /// Returns when the last checkpoint is on the disk.
  /// - Throws: when it could not be written, and could not when that was tried again.
  func finish() throws {
    wait()
    if failure != nil, let state {
      start(state)
      wait()
    }
    if let failure { throw failure }
  }

  /// Returns when nothing is being written; `failure` says what became of it.
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
      try Checkpoint.write(copy, state, to: directory.checkpointPath(state.place))
      try directory.settle(last: state.place, best: state.best?.epoch, keeping: keeping)
      try directory.attempts.forget(upTo: state.place)
    }
  }
}
