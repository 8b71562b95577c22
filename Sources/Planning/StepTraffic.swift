package import GradientExchange

/// What all hosts together send each other in a step, and to how many a rank is connected: counted, not measured.
package struct StepTraffic: Equatable, Sendable {
  package let gradients: GradientTraffic
  /// Sums of batch norms and of the step's terms: MPI adds them up along a binomial tree of one rank a host, and sends
  /// the result back along it.
  package let sumMessages: Int
  package let sumBytes: Int
  /// Ranks of other hosts with which a rank exchanges gradients, at most. MPI and the start add a few.
  package let peers: Int

  init(_ timeline: StepTimeline, on cluster: Cluster) {
    let (hosts, ranks) = (cluster.hosts, cluster.ranksPerHost)
    gradients = GradientTraffic(
      parameters: timeline.parameterCount, nodes: hosts, localRanks: ranks, wire: cluster.wire)
    let sums = timeline.events.compactMap { event in
      if case .sum(let bytes) = event { bytes } else { nil }
    }
    let messagesOfSum = 2 * (hosts - 1)
    sumMessages = messagesOfSum * sums.count
    sumBytes = messagesOfSum * sums.reduce(0, +)
    peers = hosts - 1
  }
}
