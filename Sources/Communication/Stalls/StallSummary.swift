/// One message from the reports of all ranks whose wait timed out.
package struct StallSummary: CustomStringConvertible {
  /// By rank.
  private let waiting: [Int: Stall]
  private let hosts: [String]

  /// - Parameters:
  ///   - waiting: the reports of the ranks that waited; the others did not answer.
  ///   - hosts: the machine of every rank.
  package init(waiting: [Int: Stall], hosts: [String]) { (self.waiting, self.hosts) = (waiting, hosts) }

  /// Which ranks did not answer, for how long, how far they had got, and which ranks waited for them.
  package var description: String {
    let missing = hosts.indices.filter { waiting[$0] == nil }
    let seconds = waiting.values.map(\.seconds).max() ?? 0
    let (waited, earliest) = (phrase(forRanks: waiting.keys.sorted()), earliestWait)
    guard !missing.isEmpty else {
      return
        "all ranks have waited for each other for \(seconds) s, in \(earliest): messages do not arrive. \(Self.advice)"
    }
    let verb = missing.count == 1 ? "has" : "have"
    let found = "\(phrase(forRanks: missing, hosts: hosts)) \(verb) not answered for \(seconds) s"
    let known = progress(of: missing)
    return known.isEmpty
      ? "\(found) and not reached \(earliest), where \(waited) waited. \(Self.advice)"
      : "\(found); \(known). \(waited.capitalizedFirst) waited in \(earliest). \(Self.advice)"
  }

  private static let advice =
    "See whether the host, its files and its network answer; --stall-timeout says how long ranks wait"

  /// The earliest progress at which a rank waits: the missing ranks have not got that far.
  private var earliestWait: RankProgress {
    waiting.values.map(\.progress).min { $0.packed < $1.packed } ?? RankProgress(step: 0, .starting)
  }

  /// The progress of missing ranks that share a node with one that waits, such as `it had last reached step 3, forward
  /// pass`.
  private func progress(of missing: [Int]) -> String {
    let known = waiting.values.map(\.neighbours).reduce(into: [Int: RankProgress]()) {
      $0.merge($1) { first, _ in first }
    }
    let ranks = Dictionary(grouping: missing.filter { known[$0] != nil }) { known[$0]!.packed }
    return ranks.sorted { $0.value[0] < $1.value[0] }.map { packed, ranks in
      let subject = missing.count == 1 ? "it" : phrase(forRanks: ranks)
      return "\(subject) had last reached \(RankProgress(packed: packed))"
    }.joined(separator: ", ")
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

/// `rank 2 (node1)`, `ranks 1 and 2 (node1)`, `rank 1 (node1) and rank 3 (node2)`.
package func phrase(forRanks ranks: [Int], hosts: [String]) -> String {
  let byHost = Dictionary(grouping: ranks) { hosts[$0] }.sorted { $0.value[0] < $1.value[0] }
  return list(byHost.map { host, ranks in "\(phrase(forRanks: ranks)) (\(host))" })
}
