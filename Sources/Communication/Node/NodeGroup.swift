import MPIShim

/// The ranks of a job by the machines they run on: who shares memory with whom, and who speaks to other machines.
///
/// Making one is collective. Ranks with the same local rank on different nodes are counterparts: what one node has to
/// tell another travels between counterparts, so that all links and all cores of a node take part.
package final class NodeGroup {
  /// This rank among those of its node, in the order of ranks.
  package let localRank: Int
  /// Ranks of this node.
  package let localSize: Int
  /// This node among all, in the order of their lowest ranks.
  package let index: Int
  package let count: Int
  /// Ranks of the node that has fewest: as many local ranks have counterparts on every node.
  package let smallestSize: Int

  /// The numbers in the job of the ranks of this node, in the order of local ranks.
  let ranks: [Int]
  let watch: StallWatch
  /// The ranks of this node.
  let node: CommunicatorHandle
  /// The counterparts of this rank, itself among them, in the order of nodes.
  let counterparts: CommunicatorHandle
  private let counterpartCollectives: MPICommunicator
  private lazy var pairwiseCounterparts = PairwiseCollectives(counterpartCollectives)
  /// Whether the ranks of each node follow one another, and there are as many on each.
  package let areAlikeAndInOrder: Bool

  /// Finds the machines.
  /// - Parameter watch: bounds every wait for ranks of the group.
  package convenience init(watch: StallWatch) throws(MPIError) {
    watch.beginUnpolled("finding the ranks of each machine")
    defer { watch.endUnpolled() }
    let world = try CommunicatorHandle.world()
    try self.init(world, node: try world.node(), watch)
  }

  /// Ranks that give the same number form a node. They must share a machine; those of one machine may form several.
  package convenience init(node number: Int, watch: StallWatch) throws(MPIError) {
    let world = try CommunicatorHandle.world()
    try self.init(world, node: try world.split(color: number, key: try world.rank()), watch)
  }

  private init(
    _ world: borrowing CommunicatorHandle, node: consuming CommunicatorHandle, _ watch: StallWatch
  ) throws(MPIError) {
    let rank = try world.rank()
    self.watch = watch
    (localRank, localSize) = (try node.rank(), try node.size())
    let all = try MPICommunicator(world.split(color: 0, key: rank), watch: watch)
    ranks = try MPICommunicator(node.split(color: 0, key: localRank), watch: watch).gathered(rank)
    let leader = ranks[0]
    let leaders = Set(try all.gathered(leader)).sorted()
    index = leaders.firstIndex(of: leader) ?? 0
    count = leaders.count
    smallestSize = try all.gathered(localSize).min() ?? localSize
    self.node = node
    counterparts = try world.split(color: localRank, key: index)
    counterpartCollectives = try MPICommunicator(world.split(color: localRank, key: index), watch: watch)
    let isInOrder = localSize == smallestSize && rank == index * localSize + localRank
    areAlikeAndInOrder = try all.gathered(isInOrder ? 1 : 0).min() == 1
  }

  /// Replaces every element by its sum over the nodes. Only local ranks 0 may call it, and all must.
  /// - Parameter inPairs: whether the order of additions is `PairwiseSum`'s, not MPI's choice; that costs more.
  package func sumBetweenNodes(_ values: UnsafeMutableBufferPointer<Double>, inPairs: Bool = false) throws {
    precondition(localRank == 0, "local rank \(localRank) need not have a counterpart on every node")
    if inPairs { try pairwiseCounterparts.sum(values) } else { try counterpartCollectives.sum(values) }
  }

  /// Replaces `bytes` by those of local rank 0 of the first node. Only local ranks 0 may call it, and all must.
  package func broadcastBetweenNodes(_ bytes: UnsafeMutableRawBufferPointer) throws(MPIError) {
    precondition(localRank == 0, "local rank \(localRank) need not have a counterpart on every node")
    try counterpartCollectives.broadcast(bytes, from: 0)
  }
}

extension MPICommunicator {
  /// The number of every rank, in rank order.
  fileprivate func gathered(_ number: Int) throws(MPIError) -> [Int] {
    let own = [Int64(number)]
    var numbers = [Int64](repeating: 0, count: worldSize)
    let result: Result<Void, MPIError> = own.withUnsafeBytes { block in
      numbers.withUnsafeMutableBytes { blocks in
        Result { () throws(MPIError) in try allGather(block, into: blocks) }
      }
    }
    try result.get()
    return numbers.map { Int($0) }
  }
}
