internal import Storage
internal import Synchronization

/// The logs of a run behind a queue: no step waits for a file system that hangs. What is not written yet is in memory.
final class QueuedLogs: Sendable {
  private let queue = FileQueue(name: "logs")
  // Only jobs of the queue touch them.
  nonisolated(unsafe) private let logs: RunLogs
  private let status = Mutex(Status())
  private let check: @Sendable () throws -> Void

  private struct Status {
    /// Jobs that are not done.
    var jobs = 0
    /// Whether the last job left something that could not be written.
    var isBehind = false
    var failure: (any Error)?
  }

  /// - Parameter check: done before each write, which is left out if it throws: the directory must be ours still.
  init(_ logs: RunLogs, check: @escaping @Sendable () throws -> Void) { (self.logs, self.check) = (logs, check) }

  /// Writes to the logs, soon.
  func add(_ write: @escaping @Sendable (RunLogs) throws -> Void) {
    status.withLock { $0.jobs += 1 }
    queue.add { [self] in
      let result = Result {
        try check()
        try write(logs)
      }
      let isBehind = !logs.waiting.isEmpty
      status.withLock {
        $0.jobs -= 1
        $0.isBehind = isBehind
        if case .failure(let error) = result { $0.failure = error }
      }
    }
  }

  /// Writes what could not be written before, soon.
  func flush() { for index in logs.all.indices { add { try $0.all[index].flush() } } }

  /// An error since this was last asked for.
  func takeFailure() -> (any Error)? {
    status.withLock { status in
      defer { status.failure = nil }
      return status.failure
    }
  }

  /// Whether everything is in the files.
  var isWritten: Bool { status.withLock { $0.jobs == 0 && !$0.isBehind } }

  /// Returns when everything that was added before is written, or could not be; or after `seconds`.
  func wait(seconds: Double = .infinity) { queue.wait(seconds: seconds) }

  /// Writes everything.
  /// - Returns: what could not be written, each with the reason.
  func finish() -> [(what: String, error: any Error)] {
    wait()
    return logs.all.compactMap { log in
      do {
        try log.flush()
        return nil
      } catch { return (log.waiting ?? "", error) }
    }
  }
}
