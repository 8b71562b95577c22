internal import Communication
internal import Kernels

/// This rank's share of the exchange between nodes: its part of every bucket, one after the other as all ranks of the
/// node have completed them.
final class BetweenNodes {
  private let memory: NodeMemory
  private let nodes: NodeGroup
  private var ready: ReadyBuckets
  /// For each bucket; empty where this rank has no counterparts on all nodes.
  private let parts: [TravellingPart]
  /// Buckets of `ready.order` whose part has set off, and those of them that are still on their way.
  private var started = 0
  private var travelling: [Int] = []
  /// Buckets announced to the node before this step, on every rank.
  private var before: Int64 = 0

  /// - Parameter bucketCount: `defaultBucketCount` if nil.
  init(_ memory: NodeMemory, _ nodes: NodeGroup, bucketCount: Int?) throws {
    (self.memory, self.nodes) = (memory, nodes)
    let bucketCount = bucketCount ?? defaultBucketCount(nodes: nodes.count, localRanks: nodes.smallestSize)
    let buckets = (0..<memory.replica.values.count).cut(every: bucketCount)
    let total = memory.gradients[0]
    ready = ReadyBuckets(buckets)
    parts =
      nodes.localRank >= nodes.smallestSize
      ? []
      : try buckets.enumerated().map { index, bucket in
        let part = bucket.cut(into: nodes.smallestSize)[nodes.localRank]
        return try TravellingPart(part, total: total, nodes, tag: 2 * index)
      }
    travelling.reserveCapacity(buckets.count)
  }

  func announce(_ range: Range<Int>) throws {
    ready.announce(range)
    try advance()
  }

  /// Announces everything else and waits for all parts.
  func finish() throws {
    ready.announceRest()
    try advance()
    if !parts.isEmpty {
      try memory.meeting.wait {
        try self.advance()
        return self.started == self.parts.count && self.travelling.isEmpty
      }
    }
    before += Int64(ready.buckets.count)
    ready.reset()
    started = 0
  }

  /// Goes on as far as it can without waiting.
  func advance() throws {
    memory.meeting.announce(before + Int64(ready.order.count))
    guard !parts.isEmpty else { return }
    while started < ready.order.count, memory.meeting.slowest > before + Int64(started) {
      let index = ready.order[started]
      try parts[index].start(memory.gradients)
      travelling.append(index)
      started += 1
    }
    try travelling.removeAll { try parts[$0].advance() }
  }
}
