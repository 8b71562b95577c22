internal import Training

/// Replays a rank's step on a cluster: its arithmetic as measured, everything else by the cost model of the README.
struct StepReplay {
  private let timeline: StepTimeline
  private let cluster: Cluster
  private var buckets: ReadyBuckets
  private var prediction = StepPrediction()
  private var now = 0.0
  /// When the link has sent all that was given to it.
  private var linkIsFree = 0.0
  /// When all gradients that have set off are there.
  private var gradientsAreThere = 0.0
  private var started = 0

  private var hosts: Double { Double(cluster.hosts) }
  private var ranks: Double { Double(cluster.ranksPerHost) }

  init(_ timeline: StepTimeline, on cluster: Cluster) {
    (self.timeline, self.cluster) = (timeline, cluster)
    let length = defaultBucketCount(nodes: cluster.hosts, localRanks: cluster.ranksPerHost)
    buckets = ReadyBuckets((0..<timeline.parameterCount).cut(every: length))
  }

  mutating func run() -> StepPrediction {
    for (event, seconds) in zip(timeline.events, timeline.seconds) {
      spend(seconds, \.arithmetic)
      switch event {
      case .sum(let bytes): spend(sumCost(bytes: bytes), \.sums)
      case .gradients(let range):
        buckets.announce(range)
        startBuckets()
      case .end:
        buckets.announceRest()
        startBuckets()
        spend(max(0, gradientsAreThere - now) + meeting, \.gradients)
      }
    }
    spend(optimizerCost + meeting, \.optimizer)
    return prediction
  }

  private mutating func spend(_ seconds: Double, _ part: WritableKeyPath<StepPrediction, Double>) {
    now += seconds
    prediction[keyPath: part] += seconds
  }

  private mutating func startBuckets() {
    guard cluster.hosts > 1 else { return }
    for index in buckets.order[started...] { start(floats: Double(buckets.buckets[index].count)) }
    started = buckets.order.count
  }

  /// A rank adds up its part of the bucket, sends a piece of it to every other host and gets as many, adds up its own
  /// piece, sends it to all and gets theirs.
  private mutating func start(floats: Double) {
    let part = floats / ranks
    let additions = (ranks > 1 ? (ranks + 1) * part : 0) + (hosts + 1) * part / hosts
    let bytesEachWay = 2 * (hosts - 1) / hosts * 4 * part
    let messagesEachWay = 2 * (hosts - 1)
    let begin = now
    spend(
      additions * secondsPerFloat + 2 * bytesEachWay * cluster.costs.perByte
        + 2 * messagesEachWay * cluster.costs.perMessage, \.gradients)
    // All ranks of the host share its link.
    linkIsFree = max(linkIsFree, begin) + ranks * bytesEachWay / cluster.bytesPerSecond
    gradientsAreThere = max(gradientsAreThere, max(linkIsFree, now) + 2 * cluster.latency)
  }

  /// A meeting on the host; with several hosts one rank of each exchanges with the others, and tells its host.
  private func sumCost(bytes: Int) -> Double {
    guard cluster.hosts > 1 else { return cluster.ranks > 1 ? meeting : 0 }
    let rounds = (1...).first { 1 << $0 >= cluster.hosts } ?? 1
    let transfer = Double(bytes) * (1 / cluster.bytesPerSecond + 2 * cluster.costs.perByte)
    return 2 * meeting + Double(rounds) * (cluster.latency + transfer)
  }

  private var meeting: Double { cluster.ranksPerHost > 1 ? cluster.costs.meeting : 0 }

  /// Adam moves seven floats for each parameter; adding up gradients moves one for each term and one for the sum.
  private var secondsPerFloat: Double { timeline.optimizer / (7 * Double(max(timeline.parameterCount, 1))) }

  /// Each rank steps its slice; on one host it adds up all ranks' gradients on the way.
  private var optimizerCost: Double {
    let floats = cluster.hosts > 1 ? 7 : 6 + ranks
    return floats * Double(timeline.parameterCount) / ranks * secondsPerFloat
  }
}
