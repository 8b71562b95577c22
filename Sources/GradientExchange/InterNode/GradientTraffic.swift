/// Gradients that ranks send to other nodes in a step.
package struct GradientTraffic: Equatable, Sendable {
  package var messages = 0
  package var bytes = 0

  package init(messages: Int = 0, bytes: Int = 0) { (self.messages, self.bytes) = (messages, bytes) }

  /// What all ranks of all nodes send together, as `InterNodeAllReduce` cuts the gradient: every chunk to the node that
  /// adds it up, and its sum back.
  /// - Parameters:
  ///   - localRanks: of the smallest node.
  ///   - bucketSize: `defaultBucketSize` if nil.
  package init(parameters: Int, nodes: Int, localRanks: Int, bucketSize: Int? = nil, wire: WireFormat) {
    let length = bucketSize ?? defaultBucketSize(nodes: nodes, localRanks: localRanks)
    for bucket in (0..<parameters).chunked(every: length) {
      for part in bucket.partitioned(into: localRanks) {
        messages += 2 * (nodes - 1) * part.chunkCount(nodes: nodes)
        bytes += 2 * (nodes - 1) * part.count * wire.bytes
      }
    }
  }

  mutating func add(floats: Int, _ wire: WireFormat) {
    messages += 1
    bytes += floats * wire.bytes
  }

  static func + (a: GradientTraffic, b: GradientTraffic) -> GradientTraffic {
    var sum = a
    sum.messages += b.messages
    sum.bytes += b.bytes
    return sum
  }
}
