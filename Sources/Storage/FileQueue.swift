internal import Dispatch

/// Jobs that read or write files, done one after the other on another thread. Who adds one does not wait for the disk.
package final class FileQueue: Sendable {
  private let queue: DispatchQueue

  /// - Parameter name: as debuggers show it.
  package init(name: String) { queue = DispatchQueue(label: name) }

  package func add(_ job: @escaping @Sendable () -> Void) { queue.async(execute: job) }

  /// Returns when the jobs that were added before are done, or after `seconds`.
  package func wait(seconds: Double = .infinity) {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    _ = done.wait(timeout: seconds.isFinite ? .now() + seconds : .distantFuture)
  }
}
