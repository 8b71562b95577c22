internal import Communication
internal import Kernels
internal import Optimizers

/// Ranks of a node share memory: each adds up one slice of everybody's gradients and steps the weights there, which
/// all of them read. Between nodes the gradients travel in buckets, each rank carrying a part of every bucket.
final class SharedExchange: GradientExchange {
  var memory: ReplicaMemory { node.replica }
  let warning: String? = nil
  private let node: NodeMemory
  private let nodes: NodeGroup
  private let collectives: any Collectives
  private let optimizer: Adam
  private let overlaps: Bool
  /// Nil on one node.
  private let betweenNodes: BetweenNodes?

  init(_ node: NodeMemory, _ nodes: NodeGroup, _ settings: ExchangeSettings, collectives: any Collectives) throws {
    (self.node, self.nodes, self.collectives, overlaps) = (node, nodes, collectives, settings.overlaps)
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
    guard nodes.count > 1 else { return try node.meeting.sum(values) }
    if overlaps { try betweenNodes?.advance() }
    try collectives.sum(values)
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
