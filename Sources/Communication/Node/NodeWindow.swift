import MPIShim

/// Memory that all ranks of a node see: a segment for each, at an address of its own in every process. The part that
/// `NodeMeeting` uses begins as zeros.
///
/// It stays until the world ends. Loads and stores need no calls, but `NodeMeeting` says when they may meet.
package final class NodeWindow {
  /// Where the segment of each local rank begins; aligned to pages.
  package let segments: [UnsafeMutableRawPointer]
  private static let page = 4096
  let handle: OpaquePointer

  /// Collective over the node.
  /// - Parameter bytes: of this rank's own segment.
  package init(_ nodes: NodeGroup, bytes: Int) throws(MPIError) {
    nodes.watch.beginUnpolled("sharing memory among the ranks of a machine")
    defer { nodes.watch.endUnpolled() }
    var handle: OpaquePointer?
    try check("MPI_Win_allocate_shared", mpishim_window_allocate(nodes.node.pointer, Int64(bytes + Self.page), &handle))
    guard let handle else { preconditionFailure("MPI_Win_allocate_shared succeeded without a window") }
    var segments: [UnsafeMutableRawPointer] = []
    for rank in 0..<nodes.localSize {
      var base: UnsafeMutableRawPointer?
      try check("MPI_Win_shared_query", mpishim_window_segment(handle, Int32(rank), &base))
      guard let base else { preconditionFailure("MPI_Win_shared_query found no memory") }
      // Open MPI keeps something in front. Mappings begin with pages, so this rounds by as much in all processes.
      segments.append(base.alignedUp(toMultipleOf: Self.page))
    }
    (self.handle, self.segments) = (handle, segments)
    // MPI does not promise zeros, and a counter that began elsewhere would let ranks pass.
    segments[nodes.localRank].initializeMemory(as: UInt8.self, repeating: 0, count: min(bytes, NodeMeeting.byteCount))
    try nodes.node.finish("MPI_Ibarrier", mpishim_barrier(nodes.node.pointer), nodes.watch)
  }

  /// Bytes that windows of this machine may still take; nil where MPI puts them elsewhere and cannot say.
  ///
  /// To be asked first: when the space is too small, Open MPI 4.1 fails on one rank and leaves the others waiting.
  package static var freeSpace: Int? {
    let bytes = mpishim_window_space()
    return bytes < 0 ? nil : Int(bytes)
  }
}
