package import GradientExchange

/// Hosts, and what connects them.
package struct Cluster: Equatable, Sendable {
  package var hosts: Int
  package var ranksPerHost: Int
  /// Bytes a second that a host sends and, at the same time, receives.
  package var bytesPerSecond: Double
  /// Seconds that a short message takes from rank to rank.
  package var latency: Double
  package var costs: MessageCosts
  /// What gradients are between hosts.
  package var wire: WireFormat

  package init(
    hosts: Int, ranksPerHost: Int, gigabitsPerSecond: Double, latency: Double, costs: MessageCosts,
    wire: WireFormat = .f32
  ) {
    (self.hosts, self.ranksPerHost, self.latency, self.costs) = (hosts, ranksPerHost, latency, costs)
    self.wire = wire
    bytesPerSecond = gigabitsPerSecond * 1e9 / 8
  }

  package var ranks: Int { hosts * ranksPerHost }
}

/// What messages cost the core of the rank that sends or receives them; see the README for where the numbers are from.
package struct MessageCosts: Equatable, Sendable {
  /// Seconds for a byte that is sent, and again where it is received.
  package var perByte: Double
  /// Seconds for a message that is sent, and again where it is received.
  package var perMessage: Double
  /// Seconds of a barrier among the ranks of a host.
  package var barrier: Double

  package init(perByte: Double = 0.35e-9, perMessage: Double = 2.5e-6, barrier: Double = 10e-6) {
    (self.perByte, self.perMessage, self.barrier) = (perByte, perMessage, barrier)
  }
}
