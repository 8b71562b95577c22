package import Communication
internal import Machine
package import Optimizers

/// How ranks exchange gradients.
package enum ExchangeMethod: String, CaseIterable, Sendable {
  /// Ranks of a node share memory; each sums and updates a slice of the parameters (`ShardedOptimizer`).
  case shared
  /// Every rank receives the sum of all gradients and updates all parameters (`AllReduceOptimizer`).
  case allReduce = "all-reduce"
}

/// How gradients are exchanged. Not part of a run's configuration: a run may resume with other settings.
package struct ExchangeSettings {
  package var method = ExchangeMethod.shared
  /// What gradients are between nodes, if they are shared within.
  package var wire = WireFormat.f32
  /// Whether gradients travel between nodes during the backward pass.
  package var overlaps = true
  /// Floats of one bucket of the gradient between nodes; nil for `defaultBucketSize`.
  package var bucketSize: Int?
  /// Micro-batches of each rank, a power of two: then sums over ranks are pairwise summations, with an order of
  /// additions that does not depend on MPI or on the number of ranks, itself a power of two. Nil for any order.
  package var microBatchesPerRank: Int?
  /// Which ranks share memory; nil to detect it.
  package var topology: NodeTopology?
  /// Bytes that shared memory may take on a node; nil for what is free.
  package var sharedBytes: Int?
  /// Bytes of memory that a node has left; nil for what its host says.
  package var availableMemory: Int?

  package init(_ method: ExchangeMethod = .shared) { self.method = method }

  var sumsPairwise: Bool { microBatchesPerRank != nil }
}

/// Prepares the exchange of `count` gradients, and the optimiser. Collective.
/// - Throws: what the method throws.
package func makeDistributedOptimizer(
  _ settings: ExchangeSettings, _ optimizer: OptimizerSettings = OptimizerSettings(), count: Int,
  collectives: any Collectives
) throws -> any DistributedOptimizer {
  switch settings.method {
  case .shared: try makeShardedOptimizer(settings, optimizer, count: count, collectives: collectives)
  case .allReduce: makeAllReduceOptimizer(settings, optimizer, count: count, collectives: collectives)
  }
}

private func makeAllReduceOptimizer(
  _ settings: ExchangeSettings, _ optimizer: OptimizerSettings, count: Int, collectives: any Collectives,
  warning: String? = nil
) -> AllReduceOptimizer {
  let share = NormShare(
    count: count, rank: collectives.rank, of: collectives.worldSize, partsPerRank: settings.microBatchesPerRank ?? 1)
  let collectives = settings.sumsPairwise ? PairwiseCollectives(collectives) : collectives
  return AllReduceOptimizer(optimizer, count: count, normShare: share, collectives: collectives, warning: warning)
}

/// When a node has no room for the shared memory, all ranks fall back to all-reduce, with a warning.
/// - Throws: when there is no memory for that either; when there is room but the allocation fails: other ranks may then
///   wait within MPI, so there is no fallback.
private func makeShardedOptimizer(
  _ settings: ExchangeSettings, _ optimizer: OptimizerSettings, count: Int, collectives: any Collectives
) throws -> any DistributedOptimizer {
  func fallback(_ warning: String? = nil) -> AllReduceOptimizer {
    makeAllReduceOptimizer(settings, optimizer, count: count, collectives: collectives, warning: warning)
  }
  guard collectives.worldSize > 1, let topology = try settings.topology ?? collectives.findNodes() else {
    return fallback()
  }
  if settings.sumsPairwise, !topology.isUniformAndContiguous {
    return fallback(
      "the ranks of a node are not consecutive, or nodes have different numbers of them: pairwise sums over ranks then "
        + "need messages (place ranks with mpirun --map-by slot)")
  }
  let wire = topology.count > 1 ? settings.wire : .f32
  let needed = sharedMemorySize(parameters: count, optimizer, wire, ranks: topology.localSize)
  let consequence = "gradients are exchanged by all-reduce" + (wire == .f32 ? "" : ", as floats")
  if let missing = try missingBytes(settings, needed: needed, collectives: collectives) {
    let lack = "a node lacks \(missing >> 20) MiB of shared memory"
    try checkPrivateMemory(settings, optimizer, topology, count: count, collectives: collectives, lack)
    return fallback("\(lack) (/dev/shm; containers: --shm-size); \(consequence)")
  }
  let memory: NodeMemory
  do {
    guard let all = try NodeMemory(topology, count: count, optimizer, wire, collectives: collectives) else {
      let lack = "a node has less shared memory than it promised"
      try checkPrivateMemory(settings, optimizer, topology, count: count, collectives: collectives, lack)
      return fallback("\(lack) (/dev/shm; another job may use it); \(consequence)")
    }
    memory = all
  } catch let error as ExchangeError {
    throw error
  } catch {
    throw ExchangeError("the ranks of a node cannot share memory: \(error); start again with --exchange all-reduce")
  }
  let share = NormShare(
    count: count, rank: topology.localRank, of: topology.localSize,
    partsPerRank: settings.microBatchesPerRank.map { $0 * topology.count } ?? 1)
  return try ShardedOptimizer(memory, topology, settings, optimizer, normShare: share)
}

/// What the node with the least room lacks; nil if all have enough. Collective.
private func missingBytes(
  _ settings: ExchangeSettings, needed: Int, collectives: any Collectives
) throws -> Int? {
  let free = settings.sharedBytes ?? SharedWindow.freeSpace ?? .max
  let missing = try collectives.largest(needed - free)
  return missing > 0 ? missing : nil
}

/// All-reduce keeps weights, gradients, moments and what else there is on every rank: far more than what did not fit.
/// - Throws: `ExchangeError` on all ranks if a node has not as much: the system would end a rank in the first step.
private func checkPrivateMemory(
  _ settings: ExchangeSettings, _ optimizer: OptimizerSettings, _ topology: NodeTopology, count: Int,
  collectives: any Collectives, _ lack: String
) throws {
  let bytes = (optimizer.averageDecay == nil ? 16 : 20) + (optimizer.roundsWeights ? 2 : 0)
  let needed = bytes * count * topology.localSize
  // Ranks look at different moments, and one may have begun to allocate.
  let missing = try collectives.largest(needed - (settings.availableMemory ?? HostFacts.availableMemory() ?? needed))
  guard missing > 0 else { return }
  throw ExchangeError(
    "\(lack), and exchanging gradients by all-reduce instead takes \(needed >> 20) MiB of memory on a node, "
      + "\(missing >> 20) MiB more than there are: start fewer ranks on a host, or enlarge /dev/shm")
}

extension Collectives {
  /// The largest of all ranks' numbers. Collective.
  fileprivate func largest(_ number: Int) throws -> Int {
    var numbers = [Int64(number)]
    try numbers.withUnsafeMutableBufferPointer { try maximum($0) }
    return Int(numbers[0])
  }
}
