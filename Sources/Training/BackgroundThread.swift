internal import Dispatch
internal import Foundation
internal import Synchronization

/// A thread that does one job at a time while its owner goes on.
///
/// The owner, always the same thread, calls `start`, then `wait`, and so on, and `end` at last. The two semaphores hand
/// the fields to and fro, which the compiler cannot see.
final class BackgroundThread: @unchecked Sendable {
  private let begun = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private var job: (@Sendable () throws -> Void)?
  private var outcome = Result<Void, any Error>.success(())
  private let ending = Atomic(false)
  private let finished = Atomic(false)

  /// - Parameter name: as `top -H` and debuggers show it; at most 15 bytes.
  init(name: String) {
    Thread { [self] in
      Thread.current.name = name
      run()
    }.start()
  }

  /// Whether nobody waits any more. A job may ask, and return.
  var isEnding: Bool { ending.load(ordering: .relaxed) }

  /// Whether `wait` would return at once.
  var isDone: Bool { finished.load(ordering: .relaxed) }

  /// Begins a job. The one before must have been waited for.
  func start(_ job: @escaping @Sendable () throws -> Void) {
    self.job = job
    finished.store(false, ordering: .relaxed)
    begun.signal()
  }

  /// Returns when the job that was begun is done.
  /// - Throws: what it threw.
  func wait() throws {
    done.wait()
    try outcome.get()
  }

  /// Lets the thread end when its job is done, and does not wait for that: a file system may hang.
  func end() {
    ending.store(true, ordering: .relaxed)
    begun.signal()
  }

  private func run() {
    while true {
      begun.wait()
      let next = job
      job = nil
      guard !isEnding, let next else { return }
      outcome = Result { try next() }
      finished.store(true, ordering: .relaxed)
      done.signal()
    }
  }
}
