/// Gradients that ranks send to other nodes in a step.
package struct GradientTraffic: Equatable, Sendable {
  package private(set) var messages = 0
  package private(set) var bytes = 0

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

  /// Counts a message.
  mutating func add(bytes: Int) {
    messages += 1
    self.bytes += bytes
  }

  static func + (a: GradientTraffic, b: GradientTraffic) -> GradientTraffic {
    GradientTraffic(messages: a.messages + b.messages, bytes: a.bytes + b.bytes)
  }
}
