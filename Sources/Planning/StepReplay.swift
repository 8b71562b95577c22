internal import GradientExchange

/// Simulates a rank's step on a cluster: arithmetic as measured, everything else by the cost model of the README.
struct StepReplay {
  private let timeline: StepTimeline
  private let cluster: Cluster
  private var buckets: GradientBuckets
  private var prediction = StepPrediction()
  private var now = 0.0
  /// When the link becomes idle.
  private var linkIdleAt = 0.0
  /// When all gradients in flight have arrived.
  private var gradientsArriveAt = 0.0
  private var started = 0

  private var hosts: Double { Double(cluster.hosts) }
  private var ranks: Double { Double(cluster.ranksPerHost) }

  init(_ timeline: StepTimeline, on cluster: Cluster) {
    (self.timeline, self.cluster) = (timeline, cluster)
    let length = defaultBucketSize(nodes: cluster.hosts, localRanks: cluster.ranksPerHost)
    buckets = GradientBuckets((0..<timeline.parameterCount).chunked(every: length))
  }

  mutating func run() -> StepPrediction {
    for (event, seconds) in zip(timeline.events, timeline.seconds) {
      spend(seconds, \.arithmetic)
      switch event {
      case .sum(let bytes): spend(sumCost(bytes: bytes), \.sums)
      case .gradients(let range):
        buckets.markReady(range)
        startBuckets()
      case .end:
        buckets.markRestReady()
        startBuckets()
        spend(max(0, gradientsArriveAt - now) + barrier, \.gradients)
      }
    }
    spend(optimizerCost + barrier, \.optimizer)
    return prediction
  }

  private mutating func spend(_ seconds: Double, _ part: WritableKeyPath<StepPrediction, Double>) {
    now += seconds
    prediction[keyPath: part] += seconds
  }

  private mutating func startBuckets() {
    guard cluster.hosts > 1 else { return }
    for index in buckets.ready[started...] { start(floats: Double(buckets.buckets[index].count)) }
    started = buckets.ready.count
  }

  /// A rank sums its part of the bucket; a reduce-scatter and an all-gather over the hosts follow.
  private mutating func start(floats: Double) {
    let part = floats / ranks
    let additions = (ranks > 1 ? (ranks + 1) * part : 0) + (hosts + 1) * part / hosts
    let bytesEachWay = 2 * (hosts - 1) / hosts * Double(cluster.wire.bytes) * part
    let messagesEachWay = 2 * (hosts - 1)
    let begin = now
    spend(
      additions * secondsPerFloat + 2 * bytesEachWay * cluster.costs.perByte
        + 2 * messagesEachWay * cluster.costs.perMessage, \.gradients)
    // All ranks of the host share its link.
    linkIdleAt = max(linkIdleAt, begin) + ranks * bytesEachWay / cluster.bytesPerSecond
    gradientsArriveAt = max(gradientsArriveAt, max(linkIdleAt, now) + 2 * cluster.latency)
  }

  /// A barrier on the host; with several hosts one rank of each exchanges messages with the others, then broadcasts.
  private func sumCost(bytes: Int) -> Double {
    guard cluster.hosts > 1 else { return cluster.ranks > 1 ? barrier : 0 }
    let rounds = (1...).first { 1 << $0 >= cluster.hosts } ?? 1
    let transfer = Double(bytes) * (1 / cluster.bytesPerSecond + 2 * cluster.costs.perByte)
    return 2 * barrier + Double(rounds) * (cluster.latency + transfer)
  }

  private var barrier: Double { cluster.ranksPerHost > 1 ? cluster.costs.barrier : 0 }

  /// Adding up gradients moves one float for each term and one for the sum, at the speed of the optimiser.
  private var secondsPerFloat: Double {
    timeline.optimizer / (timeline.floatsPerParameter * Double(max(timeline.parameterCount, 1)))
  }

  /// Each rank steps its slice; on one host it adds up all ranks' gradients on the way.
  private var optimizerCost: Double {
    let floats = timeline.floatsPerParameter + (cluster.hosts > 1 ? 0 : ranks - 1)
    return floats * Double(timeline.parameterCount) / ranks * secondsPerFloat
  }
}
