internal import Communication
internal import Kernels

/// The shared memory of a node: weights and moments once, the gradients of every rank, and room for collectives.
///
/// One window with a segment per rank. A segment holds the rank's collectives and gradients; that of local rank 0 also
/// holds weights and moments. The rank that updates a slice touches it first, so that its pages lie near that core.
final class NodeMemory {
  let replica: ReplicaMemory
  let collectives: NodeCollectives
  /// The gradients of every rank of the node.
  let gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>
  /// The parameters that this rank updates.
  let slice: Range<Int>

  /// Collective over the node.
  init(_ topology: NodeTopology, count: Int) throws {
    let window = try SharedWindow(topology, bytes: Self.segmentBytes(count: count, localRank: topology.localRank))
    let gradients = UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>.allocate(capacity: topology.localSize)
    for rank in 0..<topology.localSize {
      gradients.initializeElement(at: rank, to: Self.array(0, of: window.segments[rank], count: count))
    }
    func arena(_ index: Int, of rank: Int) -> FloatArena {
      FloatArena(
        viewing: UnsafeMutableBufferPointer(
          start: Self.array(index, of: window.segments[rank], count: count), count: count))
    }
    self.gradients = UnsafeBufferPointer(gradients)
    replica = ReplicaMemory(
      values: arena(1, of: 0), gradients: arena(0, of: topology.localRank), firstMoment: arena(2, of: 0),
      secondMoment: arena(3, of: 0))
    slice = (0..<count).partitioned(into: topology.localSize)[topology.localRank]
    collectives = NodeCollectives(window, topology)
    replica.gradients.base.update(repeating: 0, count: count)
    for arena in [replica.values, replica.firstMoment, replica.secondMoment] {
      (arena.base + slice.lowerBound).update(repeating: 0, count: slice.count)
    }
    try collectives.barrier()
  }

  deinit { gradients.deallocate() }

  /// Bytes of the whole window.
  static func byteCount(count: Int, ranks: Int) -> Int {
    (0..<ranks).map { segmentBytes(count: count, localRank: $0) }.reduce(0, +)
  }

  private static func segmentBytes(count: Int, localRank: Int) -> Int {
    NodeCollectives.byteCount + (localRank == 0 ? 4 : 1) * stride(of: count)
  }

  /// Where array `index` of a segment begins.
  private static func array(
    _ index: Int, of segment: UnsafeMutableRawPointer, count: Int
  ) -> UnsafeMutablePointer<Float> {
    (segment + NodeCollectives.byteCount + index * stride(of: count)).assumingMemoryBound(to: Float.self)
  }

  /// Bytes of one array, rounded up to pages.
  private static func stride(of count: Int) -> Int { (4 * count + 4095) & ~4095 }
}

/// Bytes of shared memory (`/dev/shm`) that the exchange of gradients allocates on a node.
/// - Parameters:
///   - parameters: of the model.
///   - ranks: of the node.
package func sharedMemorySize(parameters: Int, ranks: Int) -> Int {
  let bytes = NodeMemory.byteCount(count: parameters, ranks: ranks)
  // MPI allocates a little more than the segments.
  return bytes + bytes / 16 + 1 << 20
}
