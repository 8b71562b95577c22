import MPIShim

/// An MPI shared-memory window (`MPI_Win_allocate_shared`): a segment per rank of the node, mapped at an address of its
/// own in every process. The part that `NodeCollectives` uses begins as zeros.
///
/// It lives until the world ends. Loads and stores need no calls; `NodeCollectives` synchronises them.
package final class SharedWindow {
  /// Where the segment of each local rank begins: each at another cache line of a page. Otherwise the same counter, or
  /// the same gradient, of all ranks would fall into one set of a first-level cache.
  package let segments: [UnsafeMutableRawPointer]
  /// Whether there is memory behind the part of this rank's segment that `NodeCollectives` uses.
  package let isReserved: Bool
  private static let (page, line) = (4096, 64)
  let handle: OpaquePointer

  /// Collective over the node.
  /// - Parameter bytes: of this rank's own segment.
  package init(_ topology: NodeTopology, bytes: Int) throws(MPIError) {
    topology.watchdog.beginUnpolled("sharing memory among the ranks of a machine")
    defer { topology.watchdog.endUnpolled() }
    var handle: OpaquePointer?
    try check(
      "MPI_Win_allocate_shared", mpishim_window_allocate(topology.node.pointer, Int64(bytes + 2 * Self.page), &handle))
    guard let handle else { preconditionFailure("MPI_Win_allocate_shared succeeded without a window") }
    var segments: [UnsafeMutableRawPointer] = []
    for rank in 0..<topology.localSize {
      var base: UnsafeMutableRawPointer?
      try check("MPI_Win_shared_query", mpishim_window_segment(handle, Int32(rank), &base))
      guard let base else { preconditionFailure("MPI_Win_shared_query found no memory") }
      // Open MPI keeps something in front. Mappings begin with pages, so this rounds by as much in all processes.
      segments.append(base.alignedUp(toMultipleOf: Self.page) + rank * Self.line % Self.page)
    }
    (self.handle, self.segments) = (handle, segments)
    // MPI does not promise zeros, and a counter that began elsewhere would let ranks pass.
    let collectives = UnsafeMutableRawBufferPointer(
      start: segments[topology.localRank], count: min(bytes, NodeCollectives.byteCount))
    isReserved = reserveSharedMemory(collectives)
    if isReserved { collectives.initializeMemory(as: UInt8.self, repeating: 0) }
    try topology.node.finish("MPI_Ibarrier", mpishim_barrier(topology.node.pointer), topology.watchdog)
  }

  /// Bytes that windows of this machine may still allocate; nil where MPI stores them elsewhere and does not say.
  ///
  /// To be checked first: when the space is too small, Open MPI 4.1 fails on one rank while the others wait.
  package static var freeSpace: Int? {
    let bytes = mpishim_window_space()
    return bytes < 0 ? nil : Int(bytes)
  }
}

/// Makes the system provide fresh shared memory now, filled with zeros. A file system may have promised more than it has,
/// such as to two jobs at once; without this, touching what is missing would end the process by SIGBUS.
/// - Returns: whether all of it is there.
package func reserveSharedMemory(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
  guard let base = memory.baseAddress else { return true }
  return mpishim_reserve(base, Int64(memory.count)) == 0
}

/// Gives shared memory back to the system that is not needed after all.
package func releaseSharedMemory(_ memory: UnsafeMutableRawBufferPointer) {
  if let base = memory.baseAddress { mpishim_release(base, Int64(memory.count)) }
}
