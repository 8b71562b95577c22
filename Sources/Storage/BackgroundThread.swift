internal import Dispatch
internal import Foundation
internal import Synchronization

/// A thread that runs one job at a time, such as file I/O, while its owner continues.
///
/// The owner, always the same thread, alternates `start` and `wait`, and finally calls `end`. The two semaphores pass
/// ownership of the fields between the threads, which the compiler cannot see.
package final class BackgroundThread: @unchecked Sendable {
  private let begun = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private var job: (@Sendable () throws -> Void)?
  private var outcome = Result<Void, any Error>.success(())
  private let ending = Atomic(false)
  private let finished = Atomic(false)

  /// - Parameter name: as `top -H` and debuggers show it; at most 15 bytes.
  package init(name: String) {
    Thread { [self] in
      Thread.current.name = name
      run()
    }.start()
  }

  /// Whether `end` was called. A job may check it and return early.
  package var isEnding: Bool { ending.load(ordering: .relaxed) }

  /// Whether `wait` would return at once.
  package var isDone: Bool { finished.load(ordering: .relaxed) }

  /// Begins a job. The previous one must have been waited for.
  package func start(_ job: @escaping @Sendable () throws -> Void) {
    self.job = job
    finished.store(false, ordering: .relaxed)
    begun.signal()
  }

  /// Returns when the job that was begun is done.
  /// - Throws: what it threw.
  package func wait() throws {
    done.wait()
    try outcome.get()
  }

  /// Ends the thread after the job that was begun, without waiting: a file system may hang.
  package func end() {
    ending.store(true, ordering: .relaxed)
    begun.signal()
  }

  private func run() {
    while true {
      begun.wait()
      let next = job
      job = nil
      guard let next else { return }
      outcome = Result { try next() }
      finished.store(true, ordering: .relaxed)
      done.signal()
    }
  }
}
