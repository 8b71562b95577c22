/// Floats of one bucket of the gradient between nodes unless settings say otherwise: 131 072, or more where many nodes
/// would split that into messages whose fixed cost dominates.
/// - Parameter localRanks: of the smallest node.
package func defaultBucketSize(nodes: Int, localRanks: Int) -> Int {
  let smallestChunk = 4096
  return max(1 << 17, smallestChunk * localRanks * nodes)
}

/// Gradient bucketing, as in PyTorch's DDP: which buckets of this rank's gradient are ready, in the order in which they
/// became so. That order is the same on all ranks.
package struct GradientBuckets {
  package let buckets: [Range<Int>]
  /// Indices of ready buckets.
  package private(set) var ready: [Int] = []
  /// Elements of each bucket that are not ready.
  private var missing: [Int]

  package init(_ buckets: [Range<Int>]) {
    self.buckets = buckets
    missing = buckets.map(\.count)
    ready.reserveCapacity(buckets.count)
  }

  /// - Precondition: no element is marked twice in a step: its bucket may be on its way already.
  package mutating func markReady(_ range: Range<Int>) {
    guard !range.isEmpty, let length = buckets.first?.count else { return }
    for index in range.lowerBound / length...(range.upperBound - 1) / length {
      missing[index] -= buckets[index].clamped(to: range).count
      precondition(missing[index] >= 0, "gradients \(range) are marked as ready twice")
      if missing[index] == 0 { ready.append(index) }
    }
  }

  /// Marks the rest at the end of the backward pass.
  package mutating func markRestReady() {
    for index in buckets.indices where missing[index] > 0 {
      missing[index] = 0
      ready.append(index)
    }
  }

  /// Prepares the next step.
  package mutating func reset() {
    ready.removeAll(keepingCapacity: true)
    for index in buckets.indices { missing[index] = buckets[index].count }
  }
}
