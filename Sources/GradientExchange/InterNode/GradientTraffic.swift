/// Gradients that ranks send to other nodes in a step.
package struct GradientTraffic: Equatable, Sendable {
  package var messages = 0
  package var bytes = 0

  package init() {}

  /// What a rank sends, as `InterNodeAllReduce` cuts the gradient.
  /// - Parameters:
  ///   - node: the rank's, of `nodes`.
  ///   - localRank: the rank on its node.
  ///   - localRanks: of the smallest node.
  ///   - bucketSize: `defaultBucketSize` if nil.
  package init(
    parameters: Int, node: Int, of nodes: Int, localRank: Int, of localRanks: Int, bucketSize: Int? = nil,
    wire: WireFormat
  ) {
    guard localRank < localRanks, nodes > 1 else { return }
    let length = bucketSize ?? defaultBucketSize(nodes: nodes, localRanks: localRanks)
    for bucket in (0..<parameters).chunked(every: length) {
      let chunks = bucket.partitioned(into: localRanks)[localRank].chunks(nodes: nodes)
      // The other nodes' chunks once, its own to each of them.
      for other in 0..<nodes where other != node {
        for chunk in [chunks[other], chunks[node]] where !chunk.isEmpty { add(floats: chunk.count, wire) }
      }
    }
  }

  mutating func add(floats: Int, _ wire: WireFormat) {
    messages += 1
    bytes += floats * wire.bytes
  }

  package static func + (a: GradientTraffic, b: GradientTraffic) -> GradientTraffic {
    var sum = a
    sum.messages += b.messages
    sum.bytes += b.bytes
    return sum
  }
}
