/// All ranks of a job and what will hurt them, for a person or a program.
package struct MachineReport: Codable, Sendable {
  package let ranks: [RankFacts]
  package let findings: [Finding]
  /// Models and the shared memory they need on the host with the most ranks.
  package let sharedMemoryNeeds: [String: Int]

  package init(_ ranks: [RankFacts], findings: [Finding], needs: [ModelNeed] = []) {
    (self.ranks, self.findings) = (ranks, findings)
    let most = Node.all(ranks).map(\.ranks.count).max() ?? 1
    sharedMemoryNeeds = Dictionary(uniqueKeysWithValues: needs.map { ($0.name, $0.sharedMemory(most)) })
  }

  package enum CodingKeys: String, CodingKey {
    case ranks
    case findings = "warnings"
    case sharedMemoryNeeds = "shared_memory_needs"
  }

  /// One line: `4 ranks on 2 hosts, 1 thread each, 2 cores a host, Open MPI 4.1.4`.
  package var line: String {
    let nodes = Node.all(ranks)
    let software = ranks[0].software
    let cores = Set(nodes.map(\.cores.count)).sorted()
    let each = nodes.count == 1 ? "" : " on each"
    let words = [
      "\(count(ranks.count, "rank")) on \(count(nodes.count, "host"))", "\(count(ranks[0].threads, "thread")) each",
      cores.count == 1 ? "\(count(cores[0], "core"))\(each)" : "\(cores[0]) to \(cores[cores.count - 1]) cores on each",
    ]
    return (words + (software.mpiThreads == nil ? [] : [software.mpi])).joined(separator: ", ")
  }

  /// Several lines: the job, its hosts, alike ones together, and warnings.
  package var text: String {
    let software = ranks[0].software
    let threads = software.mpiThreads.map { "threads: \($0)" } ?? "not started: no launcher"
    var lines = [
      "\(software.program): \(line)",
      "libraries: \(software.mpi) (built with \(software.mpiBuiltWith), \(threads)); HDF5 \(software.hdf5) "
        + "(built with \(software.hdf5BuiltWith)); OpenBLAS \(software.openBLAS)",
    ]
    for group in HostGroup.all(Node.all(ranks)) { lines += group.lines }
    if !sharedMemoryNeeds.isEmpty {
      let needs = sharedMemoryNeeds.sorted { $0.key < $1.key }.map { "\($0.key) \(mebibytes($0.value))" }
      lines.append("shared memory that training takes on a host: \(needs.joined(separator: ", "))")
    }
    lines.append(findings.isEmpty ? "no warnings" : "\(count(findings.count, "warning")):")
    return (lines + findings.map { "  - \($0.text)" }).joined(separator: "\n")
  }
}

/// Hosts that are alike, told once.
struct HostGroup {
  private let nodes: [Node]

  static func all(_ nodes: [Node]) -> [HostGroup] {
    let groups = Dictionary(grouping: nodes) { $0.likeness }
    return groups.values.map(HostGroup.init).sorted { $0.nodes[0].ranks[0].rank < $1.nodes[0].ranks[0].rank }
  }

  var lines: [String] {
    let names = Names.phrase(nodes.map(\.host.name))
    let title = nodes.count == 1 ? "host \(names):" : "\(nodes.count) hosts alike, \(names):"
    let memory = nodes.map(\.availableMemory).min() ?? 0
    let shared = nodes.compactMap(\.host.sharedMemory).min().map(mebibytes) ?? "none"
    var lines = nodes[0].likeness
    lines.append("available: \(mebibytes(memory)) of memory, /dev/shm \(shared)\(nodes.count == 1 ? "" : ", at least")")
    if nodes.count == 1, !nodes[0].host.interfaces.isEmpty {
      lines.append("addresses: \(nodes[0].host.interfaces.map { "\($0.name) \($0.address)" }.joined(separator: ", "))")
    }
    return [title] + lines.map { "  \($0)" }
  }
}

extension Node {
  /// Everything about a host that it has in common with those like it, as it is told.
  fileprivate var likeness: [String] {
    let limit = host.coreLimit.map { ", a control group allows the time of \(tenths($0))" } ?? ""
    let bindings = ranks.map { "\(CPUList($0.processors))" }
    let areAlike = ranks.count > 1 && Set(bindings).count == 1
    let binding = areAlike ? "\(bindings[0]) all" : Self.shortened(bindings).joined(separator: " | ")
    let networks = host.interfaces.map { interface in
      let speed = interface.megabitsPerSecond.map { " at \(tenths(Double($0) / 1000)) Gbit/s" } ?? ""
      return "\(interface.name) \(interface.network)\(speed)"
    }
    let gibibytes = (Double(host.memory) / Double(1 << 30)).rounded()
    return [
      "processor: \(host.processor), \(count(host.coreCount, "core")), \(cores.count) for this job\(limit)",
      "ranks: \(ranks.count), \(count(ranks[0].threads, "thread")) each, on processors \(binding)",
      "OpenBLAS kernels: \(ranks[0].software.kernels); bf16 products: \(ranks[0].software.bf16 ?? "none")",
      "memory: \(tenths(gibibytes)) GiB",
      "ranks read each other's memory: \(ranks.contains { $0.singleCopyRefusal != nil } ? "refused" : "yes")",
      "network: \(networks.isEmpty ? "none" : networks.joined(separator: ", "))",
    ]
  }

  private static func shortened(_ texts: [String]) -> [String] {
    texts.count <= 16 ? texts : texts.prefix(8) + ["..."] + texts.suffix(2)
  }
}
