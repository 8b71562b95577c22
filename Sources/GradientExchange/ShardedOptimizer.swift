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
    guard topology.count > 1 else { return "gradients shared within the host" }
    return "gradients shared within each of \(topology.count) hosts"
      + (memory.residual == nil ? "" : ", bf16 between them")
  }
  var traffic: GradientTraffic { interNode?.traffic ?? GradientTraffic() }
  private let node: NodeMemory
  private let topology: NodeTopology
  private let optimizer: Optimizer
  private let normShare: NormShare
  private let overlaps: Bool
  private let sumsPairwise: Bool
  /// Whether the sum of all gradients of the step lies where local rank 0 had its own.
  private var isSummed = false
  /// Nil on one node.
  private let interNode: InterNodeAllReduce?

  init(
    _ node: NodeMemory, _ topology: NodeTopology, _ settings: ExchangeSettings, _ optimizer: OptimizerSettings,
    normShare: NormShare
  ) throws {
    (self.node, self.topology, self.normShare) = (node, topology, normShare)
    (overlaps, sumsPairwise) = (settings.overlaps, settings.sumsPairwise)
    self.optimizer = Optimizer(node.replica.optimizer, optimizer)
    interNode = topology.count > 1 ? try InterNodeAllReduce(node, topology, bucketSize: settings.bucketSize) : nil
  }

  func markReady(_ range: Range<Int>) throws {
    if overlaps { try interNode?.markReady(range) }
  }

  func finishReduction(measuringNorm: Bool) throws -> Double {
    try interNode?.finish()
    try node.collectives.barrier()
    isSummed = measuringNorm || interNode != nil
    guard measuringNorm else { return 0 }
    if interNode == nil { sumSlice() }
    // All nodes have the same sums: one of them counts.
    return topology.index == 0 ? normShare.square(of: node.gradients[0]) : 0
  }

  /// No other rank reads or writes this slice until the update.
  private func sumSlice() {
    let slice = node.slice
    Kernels.sum(
      count: slice.count, of: node.gradients, offset: slice.lowerBound, into: node.gradients[0] + slice.lowerBound)
  }

  /// On one node the update itself sums the gradients of all ranks, unless they have been for their norm.
  func update(_ step: OptimizerStep) throws {
    let gradients = isSummed ? UnsafeBufferPointer(rebasing: node.gradients[..<1]) : node.gradients
    optimizer.update(node.slice, step, values: memory.values, gradients: gradients)
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
      for arena in memory.saved {
        try topology.broadcastOverNodes(UnsafeMutableRawBufferPointer(arena.buffer))
      }
    }
    try node.collectives.barrier()
  }

  func digestOfNode(_ digest: () -> [UInt8]) throws -> [UInt8] {
    var words = [Double](repeating: 0, count: 4)
    if topology.localRank == 0 {
      let bytes = digest()
      words.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    }
    try words.withUnsafeMutableBufferPointer { try node.collectives.broadcast($0) }
    return words.withUnsafeBytes { Array($0) }
  }

  func collectResidual() throws {
    guard let residual = memory.residual else { return }
    try node.collectives.barrier()
    if topology.localRank == 0 {
      try topology.sumOverNodes(residual.buffer)
      if topology.index > 0 { residual.buffer.update(repeating: 0) }
    }
    try node.collectives.barrier()
  }

  func fence() throws { try node.collectives.barrier() }
}
