import Glibc
import MPIShim

/// Bounds how long this rank waits for others.
///
/// Every wait for other ranks is a loop that asks, again and again, whether it is over, and calls `check` in between.
/// When the bound is passed the job ends from within the wait, with one message for all ranks that wait. Nothing is
/// unwound: MPI may still write to memory that a wait has lent it.
package final class StallWatch {
  package let whereabouts = Whereabouts()
  /// Seconds that a wait may take; 0 for ever.
  private var bound = 0
  /// Where ranks whose bound is passed say so; nil without MPI.
  private let line: FailureLine?
  /// Agrees with the other ranks that wait on one message, and ends the job.
  private var end: ((Stall) -> Never)?

  init(_ line: FailureLine?) { self.line = line }

  /// Waits for ever.
  package convenience init() { self.init(nil) }

  /// From now on a wait takes at most so many seconds; 0 for ever. The same on all ranks.
  package func use(seconds: Int) { bound = seconds }

  /// What ends the job when the bound is passed.
  func onStall(_ end: @escaping (Stall) -> Never) { self.end = end }

  /// A wait that goes on. Each begins with a new value.
  struct Wait {
    fileprivate var looks = 0
    /// When the clock was last asked; 0 before.
    fileprivate var last: UInt64 = 0
    fileprivate var waited: UInt64 = 0
    fileprivate var sinceListening: UInt64 = 0
  }

  /// Asking the clock takes as long as some looks, which must not show.
  private static let looksPerClock = 64
  private static let second: UInt64 = 1_000_000_000
  /// Between two looks at what other ranks say.
  private static let listening = second / 50
  /// The most that counts between two looks: a job that was stopped as a whole, as a queue may do it, has not waited.
  private static let longestPause = second / 2
  /// By how much an unpolled call may take longer than a wait, so that a wait beside it speaks first.
  private static let grace = 30

  /// To be called again and again while a wait goes on.
  @inline(__always)
  func check(_ wait: inout Wait) {
    wait.looks &+= 1
    if wait.looks % Self.looksPerClock == 0, bound > 0 { look(&wait) }
  }

  /// Returns when `condition` holds.
  func wait(until condition: () throws(MPIError) -> Bool) throws(MPIError) {
    var wait = Wait()
    while try !condition() { check(&wait) }
  }

  private func look(_ wait: inout Wait) {
    let now = Self.now()
    defer { wait.last = now }
    guard wait.last > 0 else { return }
    let pause = min(now - wait.last, Self.longestPause)
    wait.waited += pause
    wait.sinceListening += pause
    if wait.waited >= UInt64(bound) * Self.second { stop(wait) }
    guard wait.sinceListening >= Self.listening else { return }
    wait.sinceListening = 0
    // When another's bound is passed, all ranks that wait say so: who says nothing is the one.
    if line?.hearsOfStall() ?? false { stop(wait) }
  }

  private func stop(_ wait: Wait) {
    end?(
      Stall(
        seconds: Int(wait.waited / Self.second), place: whereabouts.place, neighbours: whereabouts.ofNeighbours))
  }

  /// What follows waits within MPI for other ranks, where nobody can look: if it takes too long this process ends, and
  /// with it the job.
  func beginUnpolled(_ what: StaticString) {
    guard bound > 0 else { return }
    let seconds = bound + Self.grace
    mpishim_guard(
      Int32(clamping: seconds), "error: \(what) takes more than \(seconds) s: a rank or its host does not answer\n")
  }

  func endUnpolled() { if bound > 0 { mpishim_unguard() } }

  /// Nanoseconds of a clock that only goes forward.
  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * second + UInt64(time.tv_nsec)
  }
}
