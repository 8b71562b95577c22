internal import Communication
internal import Kernels

/// The inter-node half of the hierarchical all-reduce: this rank all-reduces its part of every bucket with its peers,
/// one bucket after another, as soon as all ranks of the node have marked it as ready.
final class InterNodeAllReduce {
  private let memory: NodeMemory
  private let topology: NodeTopology
  private var buckets: GradientBuckets
  /// For each bucket; empty where this rank has no peer on some node.
  private let parts: [BucketAllReduce]
  /// How many buckets of `buckets.ready` have been started, and which of them are still in flight.
  private var started = 0
  private var inFlight: [Int] = []
  /// Buckets that every rank of the node had published before this step.
  private var publishedBefore: Int64 = 0

  /// - Parameter bucketSize: in floats; `defaultBucketSize` if nil.
  init(_ memory: NodeMemory, _ topology: NodeTopology, bucketSize: Int?) throws {
    (self.memory, self.topology) = (memory, topology)
    let bucketSize = bucketSize ?? defaultBucketSize(nodes: topology.count, localRanks: topology.smallestSize)
    let ranges = (0..<memory.replica.values.count).chunked(every: bucketSize)
    let total = memory.gradients[0]
    buckets = GradientBuckets(ranges)
    parts =
      topology.localRank >= topology.smallestSize
      ? []
      : try ranges.enumerated().map { index, range in
        let part = range.partitioned(into: topology.smallestSize)[topology.localRank]
        return try BucketAllReduce(
          part, total: total, residual: memory.replica.residual?.base, topology, tag: 2 * index)
      }
    inFlight.reserveCapacity(ranges.count)
  }

  /// What this rank sends in a step.
  var traffic: GradientTraffic { parts.map(\.traffic).reduce(GradientTraffic(), +) }

  func markReady(_ range: Range<Int>) throws {
    buckets.markReady(range)
    try progress()
  }

  /// Marks everything else as ready and waits for all buckets.
  func finish() throws {
    buckets.markRestReady()
    try progress()
    if !parts.isEmpty {
      try memory.collectives.wait {
        try self.progress()
        return self.started == self.parts.count && self.inFlight.isEmpty
      }
    }
    publishedBefore += Int64(buckets.buckets.count)
    buckets.reset()
    started = 0
  }

  /// Advances as far as possible without waiting. Open MPI makes progress only within its calls.
  func progress() throws {
    memory.collectives.publish(publishedBefore + Int64(buckets.ready.count))
    guard !parts.isEmpty else { return }
    while started < buckets.ready.count, memory.collectives.slowestProgress > publishedBefore + Int64(started) {
      let index = buckets.ready[started]
      try parts[index].start(memory.gradients)
      inFlight.append(index)
      started += 1
    }
    try inFlight.removeAll { try parts[$0].progress() }
  }
}

/// Bytes that a rank needs for gradients on their way between nodes, at most.
/// - Parameter localRanks: of the smallest node.
package func interNodeBytes(parameters: Int, nodes: Int, localRanks: Int, _ wire: WireFormat) -> Int {
  (0..<parameters).chunked(every: defaultBucketSize(nodes: nodes, localRanks: localRanks)).map {
    $0.partitioned(into: max(localRanks, 1)).map { BucketAllReduce.byteCount($0, nodes: nodes, wire) }.max() ?? 0
  }.reduce(0, +)
}
