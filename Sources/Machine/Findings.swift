/// What will hurt a job on these ranks, worst first.
/// - Parameters:
///   - needs: of the models that may be trained.
///   - singleCopyIsOff: whether MPI is configured to do without.
package func findings(
  _ ranks: [RankFacts], needs: [ModelNeed] = [], singleCopyIsOff: Bool = false
) -> [Finding] {
  let nodes = Node.all(ranks)
  var ofHosts: [(Finding, host: String)] = []
  for node in nodes {
    let own =
      node.crowding + node.binding + node.room(for: needs, isAlone: ranks.count == 1)
      + (singleCopyIsOff ? [] : node.singleCopy) + node.leftovers + node.temporaryDirectory + node.files
    ofHosts += own.map { ($0, node.host.name) }
  }
  return folded(ofHosts) + differences(nodes) + networks(nodes) + libraries(ranks)
}

/// Says once what holds on several hosts.
private func folded(_ findings: [(Finding, host: String)]) -> [Finding] {
  var order: [Finding] = []
  var hosts: [Finding: [String]] = [:]
  for (finding, host) in findings {
    if hosts[finding] == nil { order.append(finding) }
    hosts[finding, default: []].append(host)
  }
  return order.map { finding in
    var finding = finding
    finding.hosts = hosts[finding] ?? []
    return finding
  }
}

/// `1 rank`, `2 ranks`.
func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

func tenths(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
}

func mebibytes(_ bytes: Int) -> String { bytes < 10 << 30 ? "\(bytes >> 20) MiB" : "\(bytes >> 30) GiB" }
