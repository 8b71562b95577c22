/// What one rank says when it fails.
package struct Failure: Equatable {
  package let host: String
  package let message: String

  /// Longest text sent to other ranks, in bytes.
  package static let capacity = 8192

  /// A message too long to send is cut here already, so that equal messages compare equal everywhere.
  package init(host: String, message: String) {
    self.host = String(decoding: host.utf8.prefix(256), as: UTF8.self)
    self.message = String(decoding: message.utf8.prefix(Self.capacity - 1024), as: UTF8.self)
  }

  /// The host, a zero byte, the message.
  package var encoded: [UInt8] { Array(host.utf8) + [0] + Array(message.utf8) }

  package init(decoding bytes: some Collection<UInt8>) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    self.init(
      host: String(decoding: parts[0], as: UTF8.self),
      message: parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "")
  }
}

/// Who speaks when ranks fail, decided by each failing rank from what it has heard of the others.
///
/// A failing rank tells all others what it met, then listens. The lowest failing rank speaks: at once if all ranks have
/// failed, otherwise when the time to listen is over. It announces that it speaks, so that a rank that fails later
/// stays silent however low it is. Ranks that do not fail need not do anything: they may be inside a collective.
///
/// Two ranks could still both speak if the lower one fails within the few microseconds that an announcement travels;
/// the price is a second line, never a hang.
package struct FailureReport {
  package enum Verdict: Equatable {
    /// Print, and end all ranks.
    case speak
    /// Go on listening.
    case listen
    /// Another rank speaks and will end this one.
    case standDown
  }

  let rank: Int
  let worldSize: Int
  /// By rank; this rank's own is among them.
  private var failures: [Int: Failure]
  private var anotherSpeaks = false

  package init(rank: Int, worldSize: Int, failure: Failure) {
    (self.rank, self.worldSize, failures) = (rank, worldSize, [rank: failure])
  }

  /// What this rank tells the others.
  var own: Failure { failures[rank]! }

  package mutating func hear(_ failure: Failure, from other: Int) { failures[other] = failure }

  package mutating func hearThatAnotherSpeaks() { anotherSpeaks = true }

  package func verdict(timeIsOver: Bool) -> Verdict {
    if anotherSpeaks { return .standDown }
    guard timeIsOver || failures.count == worldSize else { return .listen }
    return failures.keys.min() == rank ? .speak : .standDown
  }

  /// One line if all known failures are alike; otherwise one per different message, with the ranks that met it.
  package func text(programName: String) -> String {
    let ranksByMessage = Dictionary(grouping: failures.keys.sorted()) { failures[$0]!.message }
    let groups = ranksByMessage.sorted { $0.value[0] < $1.value[0] }
    return groups.map { "\(programName): error: \(prefix(forRanks: $0.value))\($0.key)\n" }.joined()
  }

  /// Nothing if all ranks failed alike: then the ranks do not matter.
  private func prefix(forRanks ranks: [Int]) -> String {
    if ranks.count == worldSize { return "" }
    return ranks.count == 1 ? "rank \(ranks[0]) (\(failures[ranks[0]]!.host)): " : "\(phrase(forRanks: ranks)): "
  }
}
