internal import Communication
internal import Kernels

/// What the ranks of a node keep together: weights and moments once, the gradients of every rank, and a place to meet.
///
/// One window. Every segment holds a place to meet and its rank's gradients; that of local rank 0 also what is there
/// once. Whoever steps a slice touches it first, so that it lies near that core.
final class NodeMemory {
  let replica: ReplicaMemory
  let meeting: NodeMeeting
  /// The gradients of every rank of the node.
  let gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>
  /// The parameters that this rank steps.
  let slice: Range<Int>

  /// Collective over the node.
  init(_ nodes: NodeGroup, count: Int) throws {
    let window = try NodeWindow(nodes, bytes: Self.segmentBytes(count: count, localRank: nodes.localRank))
    let gradients = UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>.allocate(capacity: nodes.localSize)
    for rank in 0..<nodes.localSize {
      gradients.initializeElement(at: rank, to: Self.array(0, of: window.segments[rank], count: count))
    }
    func arena(_ index: Int, of rank: Int) -> FloatArena {
      FloatArena(
        viewing: UnsafeMutableBufferPointer(
          start: Self.array(index, of: window.segments[rank], count: count), count: count))
    }
    self.gradients = UnsafeBufferPointer(gradients)
    replica = ReplicaMemory(
      values: arena(1, of: 0), gradients: arena(0, of: nodes.localRank), firstMoment: arena(2, of: 0),
      secondMoment: arena(3, of: 0))
    slice = (0..<count).cut(into: nodes.localSize)[nodes.localRank]
    meeting = NodeMeeting(window, nodes)
    replica.gradients.base.update(repeating: 0, count: count)
    for arena in [replica.values, replica.firstMoment, replica.secondMoment] {
      (arena.base + slice.lowerBound).update(repeating: 0, count: slice.count)
    }
    try meeting.barrier()
  }

  deinit { gradients.deallocate() }

  /// Bytes of the whole window.
  static func byteCount(count: Int, ranks: Int) -> Int {
    (0..<ranks).map { segmentBytes(count: count, localRank: $0) }.reduce(0, +)
  }

  private static func segmentBytes(count: Int, localRank: Int) -> Int {
    NodeMeeting.byteCount + (localRank == 0 ? 4 : 1) * stride(of: count)
  }

  /// Where array `index` of a segment begins.
  private static func array(
    _ index: Int, of segment: UnsafeMutableRawPointer, count: Int
  ) -> UnsafeMutablePointer<Float> {
    (segment + NodeMeeting.byteCount + index * stride(of: count)).assumingMemoryBound(to: Float.self)
  }

  /// Bytes of one array, rounded up to pages.
  private static func stride(of count: Int) -> Int { (4 * count + 4095) & ~4095 }
}
