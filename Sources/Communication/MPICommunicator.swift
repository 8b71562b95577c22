import MPIShim

/// All ranks of the job, or some of them, through MPI's collectives, started and then asked again and again whether
/// they have ended: a rank that does not answer is noticed.
///
/// Every instance has a communicator of its own, so instances do not disturb each other. Making one is collective.
package final class MPICommunicator: Collectives {
  private let handle: CommunicatorHandle
  /// What one MPI call carries at most: MPI counts with 32 bits.
  private let elementsPerCall: Int
  package let rank: Int
  package let worldSize: Int
  package let watchdog: Watchdog
  /// How blocks are gathered from several nodes; nil where MPI gathers them.
  private var twoLevels: TwoLevelGather?
  /// What others send of a part that this rank adds up; nil until it has been needed.
  var received: UnsafeMutableBufferPointer<Float>?

  /// - Parameters:
  ///   - elementsPerCall: larger buffers are sent in chunks of this many elements. Tests make it small.
  ///   - watchdog: bounds every wait.
  package convenience init(elementsPerCall: Int = 1 << 30, watchdog: Watchdog) throws(MPIError) {
    try self.init(try CommunicatorHandle.world(), elementsPerCall: elementsPerCall, watchdog: watchdog)
  }

  /// Takes `handle`, which nothing else uses; the ranks are its ranks.
  init(
    _ handle: consuming CommunicatorHandle, elementsPerCall: Int = 1 << 30, watchdog: Watchdog
  ) throws(MPIError) {
    precondition(elementsPerCall > 0 && elementsPerCall <= Int(Int32.max), "MPI counts with 32 bits")
    (rank, worldSize) = (try handle.rank(), try handle.size())
    self.handle = handle
    self.elementsPerCall = elementsPerCall
    self.watchdog = watchdog
  }

  /// All ranks, of which those that give the same number form a node. Tests make several of one machine.
  package convenience init(node number: Int, watchdog: Watchdog) throws(MPIError) {
    try self.init(watchdog: watchdog)
    let world = try CommunicatorHandle.world()
    try gatherInTwoLevels(
      world, node: MPICommunicator(world.split(color: number, key: rank), watchdog: watchdog))
  }

  /// From now on gathers blocks in two levels, if there are several nodes of several ranks. Collective over all ranks, which
  /// must be those of this communicator.
  /// - Parameter node: the ranks of this node, in the order of their numbers.
  func gatherInTwoLevels(_ world: borrowing CommunicatorHandle, node: MPICommunicator) throws(MPIError) {
    twoLevels = try TwoLevelGather(world, node: node, watchdog: watchdog)
  }

  deinit { received?.deallocate() }

  package func sum(_ buffer: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
    if isWorthCutting(buffer.count) { try sumInParts(buffer) } else { try reduce(buffer, MPISHIM_FLOAT, MPISHIM_SUM) }
  }

  package func sum(_ buffer: UnsafeMutableBufferPointer<Double>) throws(MPIError) {
    try reduce(buffer, MPISHIM_DOUBLE, MPISHIM_SUM)
  }

  package func maximum(_ buffer: UnsafeMutableBufferPointer<Double>) throws(MPIError) {
    try reduce(buffer, MPISHIM_DOUBLE, MPISHIM_MAXIMUM)
  }

  package func maximum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws(MPIError) {
    try reduce(buffer, MPISHIM_INT64, MPISHIM_MAXIMUM)
  }

  package func minimum(_ buffer: UnsafeMutableBufferPointer<Double>) throws(MPIError) {
    try reduce(buffer, MPISHIM_DOUBLE, MPISHIM_MINIMUM)
  }

  package func minimum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws(MPIError) {
    try reduce(buffer, MPISHIM_INT64, MPISHIM_MINIMUM)
  }

  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(MPIError) {
    precondition((0..<worldSize).contains(root), "no rank \(root)")
    try inChunks(of: bytes.count) { (start, count) throws(MPIError) in
      try finish("MPI_Ibcast", mpishim_broadcast(handle.pointer, bytes.baseAddress! + start, count, Int32(root)))
    }
  }

  package func gather(
    _ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer, at root: Int
  ) throws(MPIError) {
    precondition((0..<worldSize).contains(root), "no rank \(root)")
    precondition(rank != root || blocks.count == block.count * worldSize, "room for one block per rank")
    if root == 0, let twoLevels { return try twoLevels.gather(block, into: blocks) }
    try inChunks(of: block.count) { (start, count) throws(MPIError) in
      let target = rank == root ? blocks.baseAddress! + start : nil
      try finish(
        "MPI_Igather",
        mpishim_gather(
          handle.pointer, block.baseAddress! + start, count, target, Int64(block.count), Int32(root)))
    }
  }

  package func allGather(
    _ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer
  ) throws(MPIError) {
    precondition(blocks.count == block.count * worldSize, "room for one block per rank")
    if let twoLevels { return try twoLevels.allGather(block, into: blocks) }
    try inChunks(of: block.count) { (start, count) throws(MPIError) in
      try finish(
        "MPI_Iallgather",
        mpishim_all_gather(
          handle.pointer, block.baseAddress! + start, count, blocks.baseAddress! + start, Int64(block.count)))
    }
  }

  package func barrier() throws(MPIError) {
    try finish("MPI_Ibarrier", mpishim_barrier(handle.pointer))
  }

  package func findNodes() throws(MPIError) -> NodeTopology? {
    // Making groups cannot be polled: all should be here before it begins.
    try barrier()
    return try NodeTopology(watchdog: watchdog)
  }

  /// Starts a message to another rank; it has ended after `finish`.
  func send(_ values: UnsafeMutableBufferPointer<Float>, to rank: Int, tag: Int32) throws(MPIError) {
    try watchdog.check(
      "MPI_Isend",
      mpishim_send(handle.pointer, values.baseAddress, Int32(values.count), MPISHIM_FLOAT, Int32(rank), tag))
  }

  /// Starts to receive from another rank; it has ended after `finish`.
  func receive(_ values: UnsafeMutableBufferPointer<Float>, from rank: Int, tag: Int32) throws(MPIError) {
    try watchdog.check(
      "MPI_Irecv",
      mpishim_receive(handle.pointer, values.baseAddress, Int32(values.count), MPISHIM_FLOAT, Int32(rank), tag))
  }

  /// Returns when everything that was started has ended.
  /// - Parameter code: what starting the last of it gave.
  func finish(_ call: StaticString, _ code: Int32 = 0) throws(MPIError) {
    try handle.finish(call, code, watchdog)
  }

  private func reduce<Element>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ element: mpishim_element_t, _ operation: mpishim_operation_t
  ) throws(MPIError) {
    try inChunks(of: buffer.count) { (start, count) throws(MPIError) in
      try finish(
        "MPI_Iallreduce", mpishim_reduce(handle.pointer, buffer.baseAddress! + start, count, element, operation))
    }
  }

  /// Calls `body` with the start and the count of each chunk; not at all for nothing, which may have no address.
  private func inChunks(of total: Int, _ body: (Int, Int32) throws(MPIError) -> Void) throws(MPIError) {
    var start = 0
    while start < total {
      let count = min(elementsPerCall, total - start)
      try body(start, Int32(count))
      start += count
    }
  }
}
