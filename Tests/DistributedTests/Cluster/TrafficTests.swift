import Foundation
import TestSupport
import Testing

/// Messages between hosts, as Open MPI's own monitoring counts them, beside those that `plan` says.
@Suite(.serialized, .enabled(if: VirtualHosts.obstacle == nil, "\(VirtualHosts.obstacle ?? "")"))
struct TrafficTests {
  private static let (hosts, ranksPerHost) = (4, 4)

  @Test(
    "Sums take the planned messages, and a rank is connected to few others",
    .enabled(if: isMonitored, "this Open MPI has no monitoring"))
  func counts() throws {
    let planned = try planned()
    try VirtualHosts.with(Self.hosts) { hosts in
      let (short, long) = (try traffic(hosts, steps: 2), try traffic(hosts, steps: 6))
      #expect(long.messages - short.messages == 4 * planned.messages)
      #expect(long.gradientMessages == planned.gradientMessages && planned.gradientMessages > 0)
      // The benchmark's own figures grow a little with its steps.
      let bytes = Double(long.bytes - short.bytes) / 4
      #expect(abs(bytes / Double(planned.bytes) - 1) < 0.01, "\(bytes) bytes a step, planned \(planned.bytes)")
      // If every rank told every other something, each would be connected to 12.
      #expect(long.peers.max() ?? 0 <= 8, "\(long.peers)")
    }
  }

  private static let isMonitored =
    (try? run("ompi_info", []).stdout.contains("MCA pml: monitoring")) ?? false

  private func planned() throws -> (messages: Int, bytes: Int, gradientMessages: Int) {
    let outcome = try run(
      product("mhvae-dist"),
      [
        "plan", "--preset", "mnist", "--hosts", "\(Self.hosts)", "--ranks-per-host", "\(Self.ranksPerHost)",
        "--link", "1", "--latency", "1", "--json",
      ])
    let object = try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any]
    let step = try #require((object?["steps"] as? [[String: Any]])?.first, "\(outcome)")
    return (
      try #require(step["sum_messages"] as? Int), try #require(step["sum_bytes"] as? Int),
      try #require(step["gradient_messages"] as? Int)
    )
  }

  /// What was sent between hosts, the messages of gradients in a step as the program counts them, and with how many ranks
  /// of other hosts each rank exchanged anything.
  private func traffic(
    _ hosts: VirtualHosts, steps: Int
  ) throws -> (messages: Int, bytes: Int, gradientMessages: Int, peers: [Int]) {
    try temporaryDirectory { directory in
      var command = try hosts.command(ranksPerHost: Self.ranksPerHost)
      command.insert(
        contentsOf: [
          // Its monitoring of windows breaks those that ranks share.
          "--mca", "osc", "^monitoring", "--mca", "pml", "ob1,monitoring", "--mca", "pml_monitoring_enable", "2",
          "--mca", "pml_monitoring_enable_output",
          "3", "--mca", "pml_monitoring_filename", "\(directory.path)/rank",
        ], at: 1)
      let outcome = try hosts.run(
        command + ["benchmark", "--preset", "mnist", "--steps", "\(steps)", "--warm-up-steps", "0", "--json"])
      #expect(outcome.exitCode == 0, "\(outcome)")
      let report = try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any]
      var (messages, bytes) = (0, 0)
      // Gradients go to the same local rank of every host, in persistent messages, which are not monitored.
      let ranks = Self.hosts * Self.ranksPerHost
      var peers = (0..<ranks).map { rank in
        Set((0..<ranks).filter { $0 != rank && $0 % Self.ranksPerHost == rank % Self.ranksPerHost })
      }
      for rank in peers.indices {
        let lines = try String(contentsOfFile: "\(directory.path)/rank.\(rank).prof", encoding: .utf8)
        for match in lines.matches(of: /(?m)^[EI]\t(\d+)\t(\d+)\t(\d+) bytes\t(\d+) msgs/) {
          guard let to = Int(match.2), let size = Int(match.3), let count = Int(match.4) else { continue }
          guard to / Self.ranksPerHost != rank / Self.ranksPerHost else { continue }
          messages += count
          bytes += size
          peers[rank].insert(to)
          peers[to].insert(rank)
        }
      }
      return (messages, bytes, report?["gradient_messages"] as? Int ?? -1, peers.map(\.count))
    }
  }
}
