/// Gathers blocks of the ranks of several nodes in two levels: each node's at its local rank 0, then those of the nodes.
///
/// MPI's own gathers that can be polled send from every rank to the one that gathers (`MPI_Igather`, `MPI_Iallgather` of
/// Open MPI 4.1): over TCP every pair needs a connection, and a rank has no file descriptors for thousands of them. These
/// need connections among local ranks 0 only.
final class TwoLevelGather {
  /// The ranks of this node, in the order of their numbers.
  private let node: MPICommunicator
  /// Local ranks 0, in the order of their numbers. The others have a group that is not used.
  private let leaders: MPICommunicator
  /// Ranks of the largest node.
  private let width: Int
  /// The rank whose block lies at each place of `[nodes, width]`; -1 where a node has fewer ranks.
  private var ranks: [Int]

  /// Nil if there is only one node, or only one rank on each. Collective over all ranks.
  /// - Parameter node: the ranks of this node.
  init?(_ world: borrowing CommunicatorHandle, node: MPICommunicator, watchdog: Watchdog) throws(MPIError) {
    let rank = try world.rank()
    self.node = node
    leaders = try MPICommunicator(world.split(color: min(node.rank, 1), key: rank), watchdog: watchdog)
    let shape = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 2)
    defer { shape.deallocate() }
    (shape[0], shape[1]) = (Int64(leaders.worldSize), Int64(node.worldSize))
    if node.rank == 0 { try leaders.maximum(shape) }
    try node.broadcast(UnsafeMutableRawBufferPointer(shape), from: 0)
    let nodes = Int(shape[0])
    width = Int(shape[1])
    ranks = [Int](repeating: -1, count: nodes * width)
    guard nodes > 1, try world.size() > nodes else { return nil }

    // The numbers of the ranks are the first blocks that are gathered. There are none on places without a rank.
    let number = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1)
    defer { number.deallocate() }
    number[0] = Int64(rank + 1)
    let numbers =
      try table(of: UnsafeRawBufferPointer(number)) ?? zeros(count: ranks.count * MemoryLayout<Int64>.stride)
    defer { numbers.deallocate() }
    try node.broadcast(numbers, from: 0)
    ranks = numbers.bindMemory(to: Int64.self).map { Int($0) - 1 }
  }

  /// The blocks of all ranks, in the order of their numbers, on every rank.
  func allGather(_ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer) throws(MPIError) {
    let table = try table(of: block) ?? zeros(count: ranks.count * block.count)
    defer { table.deallocate() }
    try node.broadcast(table, from: 0)
    place(table, size: block.count, into: blocks)
  }

  /// The same on rank 0.
  func gather(_ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer) throws(MPIError) {
    guard let table = try table(of: block, at: 0) else { return }
    defer { table.deallocate() }
    place(table, size: block.count, into: blocks)
  }

  private func place(
    _ table: UnsafeMutableRawBufferPointer, size: Int, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for (place, rank) in ranks.enumerated() where rank >= 0 {
      UnsafeMutableRawBufferPointer(rebasing: blocks[rank * size..<(rank + 1) * size]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: table[place * size..<(place + 1) * size]))
    }
  }

  /// The blocks of all ranks at their places `[nodes, width]`, on local ranks 0.
  /// - Parameter root: the only one of the leaders that gets them; nil for all.
  private func table(
    of block: UnsafeRawBufferPointer, at root: Int? = nil
  ) throws(MPIError) -> UnsafeMutableRawBufferPointer? {
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    guard node.rank == 0 else {
      try node.gather(block, into: nothing, at: 0)
      return nil
    }
    let row = zeros(count: width * block.count)
    defer { row.deallocate() }
    try node.gather(
      block, into: UnsafeMutableRawBufferPointer(rebasing: row[..<(node.worldSize * block.count)]), at: 0)
    if let root, leaders.rank != root {
      try leaders.gather(UnsafeRawBufferPointer(row), into: nothing, at: root)
      return nil
    }
    let table = zeros(count: leaders.worldSize * row.count)
    if let root {
      try leaders.gather(UnsafeRawBufferPointer(row), into: table, at: root)
    } else {
      try leaders.allGather(UnsafeRawBufferPointer(row), into: table)
    }
    return table
  }

  private func zeros(count: Int) -> UnsafeMutableRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    return memory
  }
}
