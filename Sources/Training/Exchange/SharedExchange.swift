internal import Communication
internal import Kernels
internal import Optimizers

/// Ranks of a node share memory: each adds up one slice of everybody's gradients and steps the weights there, which
/// all of them read. Between nodes the gradients travel in buckets, each rank carrying a part of every bucket.
final class SharedExchange: GradientExchange {
  var memory: ReplicaMemory { node.replica }
  let warning: String? = nil
  var summary: String { "gradients shared within \(nodes.count == 1 ? "the host" : "each of \(nodes.count) hosts")" }
  private let node: NodeMemory
  private let nodes: NodeGroup
  private let optimizer: Adam
  private let overlaps: Bool
  private let addsInPairs: Bool
  /// Nil on one node.
  private let betweenNodes: BetweenNodes?

  init(_ node: NodeMemory, _ nodes: NodeGroup, _ settings: ExchangeSettings) throws {
    (self.node, self.nodes) = (node, nodes)
    (overlaps, addsInPairs) = (settings.overlaps, settings.addsInPairs)
    optimizer = Adam(firstMoment: node.replica.firstMoment, secondMoment: node.replica.secondMoment)
    betweenNodes = nodes.count > 1 ? try BetweenNodes(node, nodes, bucketCount: settings.bucketCount) : nil
  }

  func announce(_ range: Range<Int>) throws {
    if overlaps { try betweenNodes?.announce(range) }
  }

  func finish() throws {
    try betweenNodes?.finish()
    try node.meeting.barrier()
  }

  /// On one node the gradients of all ranks are added up on the way; otherwise their sum is where local rank 0 had its
  /// own.
  func update(step: UInt64, learningRate: Double) throws {
    let gradients = betweenNodes == nil ? node.gradients : UnsafeBufferPointer(rebasing: node.gradients[..<1])
    optimizer.update(
      node.slice, step: step, learningRate: learningRate, values: memory.values, gradients: gradients)
    try node.meeting.barrier()
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    if overlaps { try betweenNodes?.advance() }
    try node.meeting.sum(values)
    guard nodes.count > 1 else { return }
    // One rank of each node speaks to the other nodes.
    if nodes.localRank == 0 { try nodes.sumBetweenNodes(values, inPairs: addsInPairs) }
    try node.meeting.broadcast(values)
  }

  func broadcastState() throws {
    if nodes.localRank == 0 {
      for arena in [memory.values, memory.firstMoment, memory.secondMoment] {
        try nodes.broadcastBetweenNodes(UnsafeMutableRawBufferPointer(arena.buffer))
      }
    }
    try node.meeting.barrier()
  }

  func settle() throws { try node.meeting.barrier() }
}
