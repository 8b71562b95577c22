internal import Communication
internal import Kernels
internal import Optimizers

/// An optimiser sharded over the ranks of a node (as ZeRO stage 1): weights and moments exist once per node, in shared
/// memory. Each rank sums one slice of all ranks' gradients (a reduce-scatter) and updates the weights of that slice,
/// which all ranks read (the all-gather costs nothing). Between nodes gradients travel in buckets
/// (`InterNodeAllReduce`), which makes the whole a hierarchical all-reduce.
final class ShardedOptimizer: DistributedOptimizer {
  var memory: ReplicaMemory { node.replica }
  let warning: String? = nil
  var summary: String {
    "gradients shared within \(topology.count == 1 ? "the host" : "each of \(topology.count) hosts")"
  }
  private let node: NodeMemory
  private let topology: NodeTopology
  private let optimizer: Adam
  private let overlaps: Bool
  private let sumsPairwise: Bool
  /// Nil on one node.
  private let interNode: InterNodeAllReduce?

  init(_ node: NodeMemory, _ topology: NodeTopology, _ settings: ExchangeSettings) throws {
    (self.node, self.topology) = (node, topology)
    (overlaps, sumsPairwise) = (settings.overlaps, settings.sumsPairwise)
    optimizer = Adam(firstMoment: node.replica.firstMoment, secondMoment: node.replica.secondMoment)
    interNode = topology.count > 1 ? try InterNodeAllReduce(node, topology, bucketSize: settings.bucketSize) : nil
  }

  func markReady(_ range: Range<Int>) throws {
    if overlaps { try interNode?.markReady(range) }
  }

  func finishReduction() throws {
    try interNode?.finish()
    try node.collectives.barrier()
  }

  /// On one node the update itself sums the gradients of all ranks. Otherwise their sum lies where local rank 0 had its
  /// own gradients.
  func update(step: UInt64, learningRate: Double) throws {
    let gradients = interNode == nil ? node.gradients : UnsafeBufferPointer(rebasing: node.gradients[..<1])
    optimizer.update(
      node.slice, step: step, learningRate: learningRate, values: memory.values, gradients: gradients)
    try node.collectives.barrier()
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    if overlaps { try interNode?.progress() }
    try node.collectives.sum(values)
    guard topology.count > 1 else { return }
    // One rank of each node exchanges messages with the other nodes.
    if topology.localRank == 0 { try topology.sumOverNodes(values, pairwise: sumsPairwise) }
    try node.collectives.broadcast(values)
  }

  func broadcastState() throws {
    if topology.localRank == 0 {
      for arena in [memory.values, memory.firstMoment, memory.secondMoment] {
        try topology.broadcastOverNodes(UnsafeMutableRawBufferPointer(arena.buffer))
      }
    }
    try node.collectives.barrier()
  }

  func fence() throws { try node.collectives.barrier() }
}
