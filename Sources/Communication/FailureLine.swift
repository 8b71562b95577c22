import Glibc
import MPIShim

/// A communicator kept aside for the last words of failing ranks, so that they never meet other messages.
final class FailureLine {
  private let handle: CommunicatorHandle
  private let rank: Int
  private let worldSize: Int
  /// What others have said so far.
  private var heard: [Int: Failure] = [:]
  private var anotherSpeaks = false

  private enum Tag: Int32 {
    case failure = 1
    case speaking = 2
  }

  /// Time for the other ranks to fail too. Ranks meet a common error, such as a wrong configuration, within the skew of
  /// their file system and scheduler; later failures only cost the message its "all ranks alike" form.
  private static let listening = Duration.seconds(1)
  /// Time for the speaker to end this rank. Far more than it takes; after it this rank speaks for itself.
  private static let standingDown = Duration.seconds(10)

  /// Takes `handle`, a communicator of all ranks that nothing else uses.
  init(_ handle: consuming CommunicatorHandle, rank: Int, worldSize: Int) {
    (self.rank, self.worldSize) = (rank, worldSize)
    self.handle = handle
  }

  /// Returns when this rank is the one to speak, having heard what the others have to say. Bounded in time.
  ///
  /// MPI's errors are ignored here: if MPI is what failed, the times run out and this rank speaks for itself.
  func settle(_ report: inout FailureReport) {
    post(report.own.encoded, .failure)
    let begin = ContinuousClock.now
    while true {
      listen()
      for (source, failure) in heard { report.hear(failure, from: source) }
      if anotherSpeaks { report.hearThatAnotherSpeaks() }
      let waited = begin.duration(to: .now)
      let verdict = report.verdict(timeIsOver: waited > Self.listening)
      if verdict == .speak || waited > Self.listening + Self.standingDown { break }
      usleep(2000)
    }
    post([], .speaking)
  }

  /// Whether another rank has waited too long.
  func hearsOfStall() -> Bool {
    listen()
    return heard.values.contains { $0.stall != nil }
  }

  private func listen() {
    while let (source, bytes) = poll(.failure) { heard[source] = Failure(decoding: bytes) }
    while poll(.speaking) != nil { anotherSpeaks = true }
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
