import Glibc
import MPIShim

/// Bounds how long this rank waits for others, as the watchdog of a process group does.
///
/// Every wait for other ranks is a polling loop in `wait`. When the timeout passes, the job ends from within
/// the wait, with one message for all ranks that wait. Nothing is unwound: MPI may still write to the buffers of the
/// operation.
package final class Watchdog {
  package let progress = ProgressBoard()
  /// Seconds that a wait may take; 0 for no limit.
  package private(set) var timeout = 0
  /// Where ranks report that they timed out; nil without MPI.
  private let channel: ErrorChannel?
  /// Reports a stall together with the other ranks that wait, and ends the job.
  private var end: ((Stall) -> Never)?
  /// Reports an error of MPI, and ends the job.
  private var endForError: ((MPIError) -> Never)?

  init(_ channel: ErrorChannel?) { self.channel = channel }

  /// Without a timeout.
  package convenience init() { self.init(nil) }

  /// Sets the timeout, the same on all ranks; 0 for none.
  package func setTimeout(seconds: Int) { timeout = seconds }

  /// Whether the ranks of this node outnumber the processors they may use. A waiting rank then yields its core at once:
  /// the rank it waits for may need it.
  package var isOversubscribed = false

  /// Whether another thread of this rank works for it at the moment (`onRoot`): what is done when the job fails must not
  /// touch the same things.
  package var isWorkingAside = false

  /// Sets what ends the job when the timeout passes.
  func onStall(_ end: @escaping (Stall) -> Never) { self.end = end }

  /// Sets what ends the job when a call of MPI fails.
  func onError(_ end: @escaping (MPIError) -> Never) { endForError = end }

  /// Throws unless `code` is success. Within `World.run` the job ends here instead: unwinding would free buffers to which
  /// MPI may still write while the ranks agree on a message.
  func check(_ call: StaticString, _ code: Int32) throws(MPIError) {
    do {
      try Communication.check(call, code)
    } catch {
      endForError?(error)
      throw error
    }
  }

  /// The state of one wait.
  private struct Wait {
    var polls = 0
    /// When the clock was last read; 0 before.
    var last: UInt64 = 0
    var waited: UInt64 = 0
    var sinceListening: UInt64 = 0
  }

  /// Polls before a waiting rank yields its core after each: some 20 µs in shared memory.
  static let sharedMemorySpins = 1000
  /// The same where a poll is a call of MPI that moves data on: some 10 ms.
  static let messageSpins = 100_000
  /// Reading the clock costs as much as several polls.
  private static let pollsPerClock = 64
  private static let second: UInt64 = 1_000_000_000
  /// Between two checks for the stall reports of other ranks.
  private static let listening = second / 50
  /// The most that counts between two readings: a job that its queue suspended as a whole has not waited.
  private static let longestPause = second / 2
  /// By how much an unpolled call may exceed the timeout, so that a polled wait on another rank reports first.
  private static let grace = 30

  /// Returns when `condition` holds. Spins shortly, then yields the core between polls.
  /// - Parameters:
  ///   - spins: polls before the first yield, unless the ranks are oversubscribed.
  ///   - progress: called before each yield.
  func wait<WaitError>(
    spins: Int, until condition: () throws(WaitError) -> Bool, yielding progress: () throws(WaitError) -> Void = {}
  ) throws(WaitError) {
    var wait = Wait()
    while try !condition() {
      wait.polls &+= 1
      let yields = isOversubscribed || wait.polls > spins
      // A yield may take as long as others that want the core let it.
      if yields || wait.polls % Self.pollsPerClock == 0, timeout > 0 { checkClock(&wait) }
      if yields {
        try progress()
        sched_yield()
      } else {
        mpishim_pause()
      }
    }
  }

  private func checkClock(_ wait: inout Wait) {
    let now = monotonicNanoseconds()
    defer { wait.last = now }
    guard wait.last > 0 else { return }
    let pause = min(now - wait.last, Self.longestPause)
    wait.waited += pause
    wait.sinceListening += pause
    if wait.waited >= UInt64(timeout) * Self.second { stop(wait) }
    guard wait.sinceListening >= Self.listening else { return }
    wait.sinceListening = 0
    // Once one rank has timed out, all that wait report: the silent ones are those that stalled.
    if channel?.hasStallReport() ?? false { stop(wait) }
  }

  private func stop(_ wait: Wait) {
    end?(
      Stall(
        seconds: Int(wait.waited / Self.second), progress: progress.own, neighbours: progress.ofNeighbours))
  }

  /// Guards a call that waits within MPI and cannot be polled: if it takes too long, this process ends, and with it the
  /// job.
  func beginUnpolled(_ what: StaticString) {
    guard timeout > 0 else { return }
    let seconds = timeout + Self.grace
    mpishim_guard(
      Int32(clamping: seconds), "error: \(what) takes more than \(seconds) s: a rank or its host does not answer\n")
  }

  func endUnpolled() { if timeout > 0 { mpishim_unguard() } }

}
