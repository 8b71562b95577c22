/// What the ranks that waited in vain have found out together.
package struct StallSummary: CustomStringConvertible {
  /// By rank.
  private let waiting: [Int: Stall]
  private let hosts: [String]

  /// - Parameters:
  ///   - waiting: what the ranks say that waited; the others do not answer.
  ///   - hosts: the machine of every rank.
  package init(waiting: [Int: Stall], hosts: [String]) { (self.waiting, self.hosts) = (waiting, hosts) }

  /// Who does not answer, for how long, where it is, and who waited for it.
  package var description: String {
    let missing = hosts.indices.filter { waiting[$0] == nil }
    let seconds = waiting.values.map(\.seconds).max() ?? 0
    let (waited, place) = (phrase(forRanks: waiting.keys.sorted()), placeOfWait)
    guard !missing.isEmpty else {
      return
        "all ranks have waited for each other for \(seconds) s, in \(place): messages do not arrive. \(Self.advice)"
    }
    let verb = missing.count == 1 ? "has" : "have"
    let found = "\(phrase(forRanks: missing, hosts: hosts)) \(verb) not answered for \(seconds) s"
    let places = placesOf(missing)
    return places.isEmpty
      ? "\(found) and not come to \(place), where \(waited) waited. \(Self.advice)"
      : "\(found); \(places). \(waited.capitalizedFirst) waited in \(place). \(Self.advice)"
  }

  private static let advice =
    "See whether the host, its files and its network answer; --stall-timeout says how long ranks wait"

  /// The earliest place in which somebody waits: the others cannot have been there.
  private var placeOfWait: Place {
    waiting.values.map(\.place).min { $0.packed < $1.packed } ?? Place(step: 0, .starting)
  }

  /// Where those are that have neighbours to tell, such as `it had last reached step 3, forward pass`.
  private func placesOf(_ missing: [Int]) -> String {
    let known = waiting.values.map(\.neighbours).reduce(into: [Int: Place]()) { $0.merge($1) { first, _ in first } }
    let ranks = Dictionary(grouping: missing.filter { known[$0] != nil }) { known[$0]!.packed }
    return ranks.sorted { $0.value[0] < $1.value[0] }.map { packed, ranks in
      let subject = missing.count == 1 ? "it" : phrase(forRanks: ranks)
      return "\(subject) had last reached \(Place(packed: packed))"
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
