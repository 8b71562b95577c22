package import Communication

/// The ways to exchange gradients.
package enum ExchangeWay: String, CaseIterable, Sendable {
  /// Ranks of a node share memory, and each sums and steps a part of the parameters.
  case shared
  /// Every rank gets the sum of all gradients, then every rank steps all parameters.
  case allReduce = "all-reduce"
}

/// How gradients shall be exchanged. Not part of a run's configuration: a run may go on with other settings.
package struct ExchangeSettings {
  package var way = ExchangeWay.shared
  /// Whether gradients travel between nodes while the backward pass goes on.
  package var overlaps = true
  /// Floats of the gradient that travel between nodes together; chosen by the number of nodes if nil.
  package var bucketCount: Int?
  /// Whether the order of additions is that of pairs of ranks, nothing else's choice. Takes a power of two of ranks.
  var addsInPairs = false
  /// Who shares memory; found out if nil.
  package var nodes: NodeGroup?
  /// Bytes that shared memory may take on a node; what is free if nil.
  package var sharedBytes: Int?

  package init(_ way: ExchangeWay = .shared) { self.way = way }
}

/// Prepares the exchange of `count` gradients and moments. Collective.
///
/// When there is no room for shared memory on one of the nodes, all ranks take the plain way, with a warning.
/// - Throws: when there is room but the memory cannot be had: other ranks may wait within MPI, so no way is left.
func makeGradientExchange(
  _ settings: ExchangeSettings, count: Int, collectives: any Collectives
) throws -> any GradientExchange {
  let plain = settings.addsInPairs ? PairwiseCollectives(collectives) : collectives
  guard settings.way == .shared, collectives.worldSize > 1,
    let nodes = try settings.nodes ?? collectives.findNodes()
  else { return AllReduceExchange(count: count, collectives: plain) }
  if settings.addsInPairs, !nodes.areAlikeAndInOrder {
    return AllReduceExchange(
      count: count, collectives: plain,
      warning: "ranks of a node do not follow one another, or nodes have different numbers of them: to add in pairs of "
        + "ranks, gradients go by messages (place ranks with mpirun --map-by slot)")
  }
  if let missing = try missingBytes(settings, nodes, count: count, collectives: collectives) {
    return AllReduceExchange(
      count: count, collectives: plain,
      warning: "a node lacks \(missing >> 20) MiB of shared memory (/dev/shm; containers: --shm-size); "
        + "gradients go by all-reduce")
  }
  let memory: NodeMemory
  do {
    memory = try NodeMemory(nodes, count: count)
  } catch {
    throw TrainingError("the ranks of a node cannot share memory: \(error); start again with --exchange all-reduce")
  }
  return try SharedExchange(memory, nodes, settings)
}

/// What the node that has the least room lacks; nil if all have enough. Collective.
private func missingBytes(
  _ settings: ExchangeSettings, _ nodes: NodeGroup, count: Int, collectives: any Collectives
) throws -> Int? {
  let free = settings.sharedBytes ?? NodeWindow.freeSpace ?? .max
  var missing = [Int64(max(0, sharedMemoryNeed(parameters: count, ranks: nodes.localSize) - free))]
  try missing.withUnsafeMutableBufferPointer { try collectives.maximum($0) }
  return missing[0] > 0 ? Int(missing[0]) : nil
}
