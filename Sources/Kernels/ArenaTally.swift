internal import Synchronization

/// Counts the memory of the arenas that a piece of code makes.
package final class ArenaTally: Sendable {
  @TaskLocal private static var current: ArenaTally?
  private let bytes = Atomic<Int>(0)

  private init() {}

  /// Runs `body` and counts.
  /// - Returns: what it returns, and the bytes of all arenas it made, whether or not they are still there.
  package static func measure<Result>(_ body: () throws -> Result) rethrows -> (result: Result, bytes: Int) {
    let tally = ArenaTally()
    let result = try $current.withValue(tally) { try body() }
    return (result, tally.bytes.load(ordering: .relaxed))
  }

  static func add(bytes: Int) { _ = current?.bytes.add(bytes, ordering: .relaxed) }
}
