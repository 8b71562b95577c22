import Glibc
import MPIShim

/// A communicator reserved for the error messages of failing ranks, so that they never match other messages.
final class ErrorChannel {
  private let handle: CommunicatorHandle
  private let rank: Int
  private let worldSize: Int
  /// Failures received so far, by rank.
  private var received: [Int: Failure] = [:]
  private var anotherReports = false

  private enum Tag: Int32 {
    case failure = 1
    case reporting = 2
  }

  /// Time for the other ranks to fail too. Ranks meet a common error, such as a wrong configuration, within the skew of
  /// their file system and scheduler; later failures only cost the message its "all ranks alike" form.
  private static let listening = Duration.seconds(1)
  /// Time for the reporting rank to end this one, and before that to save what it can. After it this rank reports, too.
  private static let standingDown = Duration.seconds(World.rescueSeconds + 10)

  /// Takes `handle`, a communicator of all ranks that nothing else uses.
  init(_ handle: consuming CommunicatorHandle, rank: Int, worldSize: Int) {
    (self.rank, self.worldSize) = (rank, worldSize)
    self.handle = handle
  }

  /// Elects the rank that reports the failure; returns only where that is this rank, with the failures of the others
  /// added to `report`. Bounded in time.
  ///
  /// MPI's errors are ignored here: if MPI is what failed, the times run out and this rank reports.
  func electReporter(_ report: inout FailureReport) {
    post(report.own.encoded, .failure)
    let begin = ContinuousClock.now
    while true {
      listen()
      for (source, failure) in received { report.add(failure, from: source) }
      if anotherReports { report.anotherRankReports() }
      let waited = begin.duration(to: .now)
      let verdict = report.verdict(timeIsOver: waited > Self.listening)
      if verdict == .report || waited > Self.listening + Self.standingDown { break }
      usleep(2000)
    }
    post([], .reporting)
  }

  /// Whether another rank has reported that it waited too long.
  func hasStallReport() -> Bool {
    listen()
    return received.values.contains { $0.stall != nil }
  }

  private func listen() {
    while let (source, bytes) = poll(.failure) { received[source] = Failure(decoding: bytes) }
    while poll(.reporting) != nil { anotherReports = true }
  }

  private func post(_ bytes: [UInt8], _ tag: Tag) {
    for other in 0..<worldSize where other != rank {
      _ = mpishim_post(handle.pointer, bytes, Int32(bytes.count), Int32(other), tag.rawValue)
    }
  }

  private func poll(_ tag: Tag) -> (source: Int, bytes: [UInt8])? {
    var (source, count) = (Int32(-1), Int32(0))
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Failure.capacity) { buffer, initialized in
      code = mpishim_poll(handle.pointer, tag.rawValue, buffer.baseAddress, Int32(buffer.count), &source, &count)
      initialized = Int(count)
    }
    return code == 0 && source >= 0 ? (Int(source), bytes) : nil
  }
}
