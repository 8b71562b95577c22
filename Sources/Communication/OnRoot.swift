internal import Foundation

extension Collectives {
  /// Rank 0 does something that may take long and that only it does, such as reading and writing files; the others wait.
  /// Collective. The ranks meet several times a second meanwhile, so that slow files do not look like a rank that does
  /// not answer.
  /// - Parameter work: done on another thread than this one; it must not use MPI.
  /// - Returns: what `work` returned, on rank 0; nil on the others.
  /// - Throws: what `work` throws, on rank 0; what the exchange throws.
  package func onRoot<Result>(_ work: @escaping () throws -> Result) throws -> Result? {
    guard worldSize > 1 else { return try work() }
    guard rank == 0 else {
      try meet(while: { false })
      return nil
    }
    let job = RootJob(work)
    watchdog.isWorkingAside = true
    job.start()
    try meet(while: job.isRunning)
    watchdog.isWorkingAside = false
    return try job.result.get()
  }

  /// - Parameter isRunning: waits a moment, and says whether this rank needs another.
  private func meet(while isRunning: () -> Bool) throws {
    var busy = [0.0]
    repeat {
      busy[0] = isRunning() ? 1 : 0
      try busy.withUnsafeMutableBufferPointer { try sum($0) }
    } while busy[0] > 0
  }
}

/// Work on a thread of its own. The semaphore passes the result between the threads, which the compiler cannot see.
private final class RootJob<Output>: @unchecked Sendable {
  private let work: () throws -> Output
  private let done = DispatchSemaphore(value: 0)
  private(set) var result: Result<Output, any Error>!
  private static var interval: Double { 0.25 }

  init(_ work: @escaping () throws -> Output) { self.work = work }

  func start() {
    let thread = Thread { [self] in
      result = Result { try work() }
      done.signal()
    }
    thread.name = "rank 0"
    thread.start()
  }

  /// Waits a moment.
  func isRunning() -> Bool { done.wait(timeout: .now() + Self.interval) == .timedOut }
}
