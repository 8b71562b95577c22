import MPIShim

/// All ranks of the job, or some of them, through MPI's blocking collectives.
///
/// Every instance has a communicator of its own, so instances do not disturb each other. Making one is collective.
package final class MPICommunicator: Collectives {
  private let handle: CommunicatorHandle
  /// What one MPI call carries at most: MPI counts with 32 bits.
  private let elementsPerCall: Int
  package let rank: Int
  package let worldSize: Int

  /// - Parameter elementsPerCall: larger buffers are sent in pieces of this many elements. Tests make it small.
  package convenience init(elementsPerCall: Int = 1 << 30) throws(MPIError) {
    try self.init(try CommunicatorHandle.world(), elementsPerCall: elementsPerCall)
  }

  /// Takes `handle`, which nothing else uses; the ranks are its ranks.
  init(_ handle: consuming CommunicatorHandle, elementsPerCall: Int = 1 << 30) throws(MPIError) {
    precondition(elementsPerCall > 0 && elementsPerCall <= Int(Int32.max), "MPI counts with 32 bits")
    (rank, worldSize) = (try handle.rank(), try handle.size())
    self.handle = handle
    self.elementsPerCall = elementsPerCall
  }

  package func sum(_ buffer: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
    try reduce(buffer, MPISHIM_FLOAT, MPISHIM_SUM)
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
    try inPieces(of: bytes.count) { (start, count) throws(MPIError) in
      try check("MPI_Bcast", mpishim_broadcast(handle.pointer, bytes.baseAddress! + start, count, Int32(root)))
    }
  }

  package func gather(
    _ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer, at root: Int
  ) throws(MPIError) {
    precondition((0..<worldSize).contains(root), "no rank \(root)")
    precondition(rank != root || blocks.count == block.count * worldSize, "room for one block per rank")
    try inPieces(of: block.count) { (start, count) throws(MPIError) in
      let target = rank == root ? blocks.baseAddress! + start : nil
      try check(
        "MPI_Gather",
        mpishim_gather(
          handle.pointer, block.baseAddress! + start, count, target, Int64(block.count), Int32(root)))
    }
  }

  package func allGather(
    _ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer
  ) throws(MPIError) {
    precondition(blocks.count == block.count * worldSize, "room for one block per rank")
    try inPieces(of: block.count) { (start, count) throws(MPIError) in
      try check(
        "MPI_Allgather",
        mpishim_all_gather(
          handle.pointer, block.baseAddress! + start, count, blocks.baseAddress! + start, Int64(block.count)))
    }
  }

  package func barrier() throws(MPIError) {
    try check("MPI_Barrier", mpishim_barrier(handle.pointer))
  }

  package func findNodes() throws(MPIError) -> NodeGroup? { try NodeGroup() }

  private func reduce<Element>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ element: mpishim_element_t, _ operation: mpishim_operation_t
  ) throws(MPIError) {
    try inPieces(of: buffer.count) { (start, count) throws(MPIError) in
      try check(
        "MPI_Allreduce", mpishim_reduce(handle.pointer, buffer.baseAddress! + start, count, element, operation))
    }
  }

  /// Calls `body` with the start and the count of each piece; not at all for nothing, which may have no address.
  private func inPieces(of total: Int, _ body: (Int, Int32) throws(MPIError) -> Void) throws(MPIError) {
    var start = 0
    while start < total {
      let count = min(elementsPerCall, total - start)
      try body(start, Int32(count))
      start += count
    }
  }
}
