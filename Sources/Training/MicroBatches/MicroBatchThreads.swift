internal import Dispatch
internal import Foundation

/// Coroutines for the micro-batches of a rank: threads of which one runs at a time, in turn. A micro-batch passes the
/// turn on where it needs the others' sums.
///
/// The last micro-batch belongs to the thread that owns this object, because that one may call MPI: when its turn
/// comes, all others have got as far as it. Semaphores pass the turn, which the compiler cannot see.
final class MicroBatchThreads: @unchecked Sendable {
  let count: Int
  private let turns: [DispatchSemaphore]
  private var body: ((Int) throws -> Void)?
  private var failure: (any Error)?

  /// - Parameter count: micro-batches, at least one.
  init(count: Int) {
    self.count = count
    turns = (0..<count).map { _ in DispatchSemaphore(value: 0) }
    for microBatch in 0..<count - 1 {
      let thread = Thread { [turns, weak self] in
        while true {
          turns[microBatch].wait()
          guard let self else { return }
          work(on: microBatch)
        }
      }
      thread.name = "batch \(microBatch)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { for turn in turns.dropLast() { turn.signal() } }

  /// Calls `body` for every micro-batch; returns when all are done. All must pass the turn on equally often.
  /// - Throws: what `body` threw for one of them. The other micro-batches then still wait within `body`, and this
  ///   object can no longer be used: that is why `body` escapes.
  func run(_ body: @escaping (Int) throws -> Void) throws {
    self.body = body
    defer { self.body = nil }
    if count > 1 {
      turns[0].signal()
      turns[count - 1].wait()
    }
    try throwFailure()
    try body(count - 1)
  }

  /// Throws what `body` threw for another micro-batch, if it did. For the last micro-batch, whose turn it is.
  func throwFailure() throws {
    if let failure { throw failure }
  }

  /// Lets the other micro-batches get as far as this one.
  func passTurn(from microBatch: Int) throws {
    turns[(microBatch + 1) % count].signal()
    turns[microBatch].wait()
    if microBatch == count - 1 { try throwFailure() }
  }

  private func work(on microBatch: Int) {
    do { try body?(microBatch) } catch { failure = error }
    turns[microBatch + 1].signal()
  }
}
