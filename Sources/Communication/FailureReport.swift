/// What a failing rank tells the others.
package struct Failure: Equatable {
  package let host: String
  package let message: String
  /// Set if the rank fails because a wait timed out; there is no message then.
  package let stall: Stall?

  /// Longest text sent to other ranks, in bytes.
  package static let capacity = 8192

  /// A message too long to send is cut here already, so that equal messages compare equal everywhere.
  package init(host: String, message: String, stall: Stall? = nil) {
    self.stall = stall
    self.host = String(decoding: host.utf8.prefix(256), as: UTF8.self)
    self.message = String(decoding: message.utf8.prefix(Self.capacity - 1024), as: UTF8.self)
  }

  /// Of a rank whose wait timed out.
  package init(host: String, stall: Stall) { self.init(host: host, message: "", stall: stall) }

  /// The host, the stall and the message, with zero bytes in between.
  package var encoded: [UInt8] {
    Array(host.utf8) + [0] + Array((stall?.encoded ?? "").utf8) + [0] + Array(message.utf8)
  }

  package init(decoding bytes: some Collection<UInt8>) {
    let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    self.init(
      host: parts[0], message: parts.count > 2 ? parts[2] : "", stall: parts.count > 1 ? Stall(decoding: parts[1]) : nil
    )
  }
}

/// Which rank reports when ranks fail, decided by each failing rank from the failures it has received.
///
/// A failing rank sends its failure to all others, then listens. The lowest failing rank reports: at once if all ranks
/// have failed, otherwise when the time to listen is over. It tells the others that it reports, so that a rank that
/// fails later stays silent, however low it is. Ranks that do not fail do nothing: they may be inside a collective.
///
/// Two ranks may both report if the lower one fails within the few microseconds that this message travels; the price is
/// a second line, never a hang.
package struct FailureReport {
  package enum Verdict: Equatable {
    /// Print, and end all ranks.
    case report
    /// Continue to listen.
    case listen
    /// Another rank reports and will end this one.
    case standDown
  }

  let rank: Int
  let worldSize: Int
  /// The machine of every rank.
  private let hosts: [String]
  /// By rank; this rank's own is among them.
  private var failures: [Int: Failure]
  private var anotherReports = false

  /// - Parameter hosts: the machine of every rank.
  package init(rank: Int, hosts: [String], failure: Failure) {
    (self.rank, self.hosts, worldSize, failures) = (rank, hosts, hosts.count, [rank: failure])
  }

  /// What this rank tells the others.
  var own: Failure { failures[rank]! }

  package mutating func add(_ failure: Failure, from other: Int) { failures[other] = failure }

  package mutating func anotherRankReports() { anotherReports = true }

  package func verdict(timeIsOver: Bool) -> Verdict {
    if anotherReports { return .standDown }
    guard timeIsOver || failures.count == worldSize else { return .listen }
    return failures.keys.min() == rank ? .report : .standDown
  }

  /// One line if all known failures are alike; otherwise one per different message, with the ranks that met it. Ranks
  /// whose wait timed out share one line, or have none if another failure explains why they waited.
  package func text(programName: String) -> String {
    let messages = failures.filter { $0.value.stall == nil }
    guard !messages.isEmpty else {
      let summary = StallSummary(waiting: failures.compactMapValues(\.stall), hosts: hosts)
      return "\(programName): error: \(summary.description)\n"
    }
    let ranksByMessage = Dictionary(grouping: messages.keys.sorted()) { messages[$0]!.message }
    let groups = ranksByMessage.sorted { $0.value[0] < $1.value[0] }
    return groups.map { "\(programName): error: \(prefix(forRanks: $0.value))\($0.key)\n" }.joined()
  }

  /// Nothing if all ranks failed alike: then the ranks do not matter.
  private func prefix(forRanks ranks: [Int]) -> String {
    if ranks.count == worldSize { return "" }
    return ranks.count == 1 ? "rank \(ranks[0]) (\(failures[ranks[0]]!.host)): " : "\(phrase(forRanks: ranks)): "
  }
}
