import MPIShim

/// The ranks of a job by the machines they run on: which ranks share memory, and which exchange messages with other
/// machines.
///
/// The initialisers are collective. Ranks with the same local rank on different nodes are peers. Messages between nodes
/// are exchanged between peers only, so that all links and all cores of a node take part.
package final class NodeTopology {
  /// This rank among those of its node, in the order of ranks.
  package let localRank: Int
  /// Ranks of this node.
  package let localSize: Int
  /// This node among all, in the order of their lowest ranks.
  package let index: Int
  package let count: Int
  /// Ranks of the smallest node: only local ranks below it have a peer on every node.
  package let smallestSize: Int

  /// The numbers in the job of the ranks of this node, in the order of local ranks.
  let ranks: [Int]
  let watchdog: Watchdog
  /// The ranks of this node.
  let node: CommunicatorHandle
  /// The peers of this rank, itself among them, in the order of nodes.
  let peers: CommunicatorHandle
  private let peerCollectives: MPICommunicator
  private lazy var pairwisePeers = PairwiseCollectives(peerCollectives)
  /// Whether the ranks of each node are consecutive, and every node has the same number.
  package let isUniformAndContiguous: Bool

  /// Detects the machines.
  /// - Parameter watchdog: bounds every wait for ranks of the group.
  package convenience init(watchdog: Watchdog) throws(MPIError) {
    watchdog.beginUnpolled("finding the ranks of each machine")
    defer { watchdog.endUnpolled() }
    let world = try CommunicatorHandle.world()
    try self.init(world, node: try world.node(), watchdog)
  }

  /// Ranks that give the same number form a node. They must share a machine; those of one machine may form several.
  package convenience init(node number: Int, watchdog: Watchdog) throws(MPIError) {
    let world = try CommunicatorHandle.world()
    try self.init(world, node: try world.split(color: number, key: try world.rank()), watchdog)
  }

  private init(
    _ world: borrowing CommunicatorHandle, node: consuming CommunicatorHandle, _ watchdog: Watchdog
  ) throws(MPIError) {
    let rank = try world.rank()
    self.watchdog = watchdog
    (localRank, localSize) = (try node.rank(), try node.size())
    let all = try MPICommunicator(world.split(color: 0, key: rank), watchdog: watchdog)
    let neighbours = try MPICommunicator(node.split(color: 0, key: localRank), watchdog: watchdog)
    try all.gatherInTwoLevels(world, node: neighbours)
    ranks = try neighbours.gathered(rank)
    let leader = ranks[0]
    let leaders = Set(try all.gathered(leader)).sorted()
    index = leaders.firstIndex(of: leader) ?? 0
    count = leaders.count
    smallestSize = try all.gathered(localSize).min() ?? localSize
    self.node = node
    peers = try world.split(color: localRank, key: index)
    peerCollectives = try MPICommunicator(world.split(color: localRank, key: index), watchdog: watchdog)
    let isContiguous = localSize == smallestSize && rank == index * localSize + localRank
    isUniformAndContiguous = try all.gathered(isContiguous ? 1 : 0).min() == 1
  }

  /// Replaces every element by its sum over the nodes. Only local ranks 0 may call it, and all must.
  /// - Parameter pairwise: whether to sum by `PairwiseSum` instead of in MPI's order; that costs more.
  package func sumOverNodes(_ values: UnsafeMutableBufferPointer<Double>, pairwise: Bool = false) throws {
    precondition(localRank == 0, "local rank \(localRank) need not have a peer on every node")
    if pairwise { try pairwisePeers.sum(values) } else { try peerCollectives.sum(values) }
  }

  /// Replaces every element by its sum over the nodes, in MPI's order. Only local ranks 0 may call it, and all must.
  package func sumOverNodes(_ values: UnsafeMutableBufferPointer<Float>) throws {
    precondition(localRank == 0, "local rank \(localRank) need not have a peer on every node")
    try peerCollectives.sum(values)
  }

  /// Replaces `bytes` by those of local rank 0 of the first node. Only local ranks 0 may call it, and all must.
  package func broadcastOverNodes(_ bytes: UnsafeMutableRawBufferPointer) throws(MPIError) {
    precondition(localRank == 0, "local rank \(localRank) need not have a peer on every node")
    try peerCollectives.broadcast(bytes, from: 0)
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
