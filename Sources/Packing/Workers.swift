import Dispatch
import Synchronization

/// Threads that share out pieces of work.
struct Workers: Sendable {
  let threadCount: Int

  /// Calls `body` once for every number below `count`, on several threads at once, each with a state of its own.
  ///
  /// - Throws: of the errors that come, the one of the lowest number; after it no further number is begun.
  func forEach<State: ~Copyable>(
    below count: Int, state: @Sendable () throws(PackingError) -> State,
    _ body: @Sendable (inout State, Int) throws(PackingError) -> Void
  ) throws(PackingError) {
    let next = Atomic(0)
    let failure = Mutex<(number: Int, error: PackingError)?>(nil)
    @Sendable func fail(_ number: Int, _ error: PackingError) {
      failure.withLock { if number < $0?.number ?? .max { $0 = (number, error) } }
      next.store(count, ordering: .relaxed)
    }
    DispatchQueue.concurrentPerform(iterations: min(threadCount, count)) { _ in
      var number = 0
      do throws(PackingError) {
        var state = try state()
        while true {
          number = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard number < count else { return }
          try body(&state, number)
        }
      } catch { fail(number, error) }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }
}
