internal import Dispatch
internal import Foundation

/// Threads that work on the pieces of a batch, one at a time, and pass the turn on where pieces need each other.
///
/// The last piece belongs to the thread that owns the team, because that one may speak to MPI: when its turn comes, all
/// others have got as far as it. Semaphores hand the turn on, which the compiler cannot see.
final class PieceTeam: @unchecked Sendable {
  let count: Int
  private let turns: [DispatchSemaphore]
  private var body: ((Int) throws -> Void)?
  private var failure: (any Error)?

  /// - Parameter count: pieces, at least one.
  init(count: Int) {
    self.count = count
    turns = (0..<count).map { _ in DispatchSemaphore(value: 0) }
    for piece in 0..<count - 1 {
      let thread = Thread { [turns, weak self] in
        while true {
          turns[piece].wait()
          guard let self else { return }
          work(on: piece)
        }
      }
      thread.name = "piece \(piece)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { for turn in turns.dropLast() { turn.signal() } }

  /// Calls `body` for every piece; returns when all are done. All must pass the turn on equally often.
  /// - Throws: what `body` threw for one of them. Then the other pieces still wait within `body`, and the team is of no
  ///   more use: that is why `body` escapes.
  func run(_ body: @escaping (Int) throws -> Void) throws {
    self.body = body
    defer { self.body = nil }
    if count > 1 {
      turns[0].signal()
      turns[count - 1].wait()
    }
    if let failure { throw failure }
    try body(count - 1)
  }

  /// Lets the other pieces come as far as this one.
  func passTurn(from piece: Int) throws {
    turns[(piece + 1) % count].signal()
    turns[piece].wait()
    if piece == count - 1, let failure { throw failure }
  }

  private func work(on piece: Int) {
    do { try body?(piece) } catch { failure = error }
    turns[piece + 1].signal()
  }
}
