internal import Dispatch
internal import Foundation
internal import Synchronization

/// A thread that does something again and again until it is ended.
package final class PeriodicThread: Sendable {
  private let pause = DispatchSemaphore(value: 0)
  private let isEnded = Atomic(false)

  /// - Parameters:
  ///   - name: as `top -H` and debuggers show it; at most 15 bytes.
  ///   - interval: seconds before each time.
  ///   - body: what is done, with the number of the time, counted from 1.
  ///   - finally: done by the thread at its end, which may come after that of `end`: a file system may hang.
  package init(
    name: String, interval: Double, _ body: @escaping @Sendable (_ count: Int) -> Void,
    finally: @escaping @Sendable () -> Void = {}
  ) {
    let (pause, interval) = (pause, interval)
    let thread = Thread {
      Thread.current.name = name
      var count = 0
      while pause.wait(timeout: .now() + interval) == .timedOut {
        count += 1
        body(count)
      }
      finally()
    }
    thread.start()
  }

  /// Ends the thread, without waiting for it.
  /// - Returns: false if it had ended before.
  @discardableResult
  package func end() -> Bool {
    guard !isEnded.exchange(true, ordering: .relaxed) else { return false }
    pause.signal()
    return true
  }
}
