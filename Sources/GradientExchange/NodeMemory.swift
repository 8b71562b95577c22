internal import Communication
internal import Kernels
internal import Optimizers

/// The shared memory of a node: weights and moments once, the gradients of every rank, and room for collectives.
///
/// One window with a segment per rank. A segment holds the rank's collectives and gradients; that of local rank 0 also
/// holds weights, moments and averages. The rank that updates a slice touches it first, so that its pages lie near that
/// core.
final class NodeMemory {
  let replica: ReplicaMemory
  let collectives: NodeCollectives
  /// The gradients of every rank of the node.
  let gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>
  /// The parameters that this rank updates.
  let slice: Range<Int>

  /// Collective over all ranks. Nil on all of them if a node has not the memory that it promised.
  /// - Parameter averages: whether there is a moving average of the weights.
  init?(_ topology: NodeTopology, count: Int, averages: Bool, collectives all: any Collectives) throws {
    let window = try SharedWindow(
      topology, bytes: Self.segmentBytes(count: count, averages: averages, localRank: topology.localRank))
    func arena(_ index: Int, of rank: Int) -> FloatArena {
      FloatArena(
        viewing: UnsafeMutableBufferPointer(
          start: Self.array(index, of: window.segments[rank], count: count), count: count))
    }
    let replica = ReplicaMemory(
      values: arena(1, of: 0), gradients: arena(0, of: topology.localRank),
      optimizer: OptimizerState(
        firstMoment: arena(2, of: 0), secondMoment: arena(3, of: 0), average: averages ? arena(4, of: 0) : nil))
    let slice = (0..<count).partitioned(into: topology.localSize)[topology.localRank]
    let own =
      [replica.gradients.buffer]
      + replica.saved.map { UnsafeMutableBufferPointer(rebasing: $0.buffer[slice]) }
    guard try Self.reserve(own, of: window, all) else { return nil }
    (self.replica, self.slice) = (replica, slice)
    let gradients = UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>.allocate(capacity: topology.localSize)
    for rank in 0..<topology.localSize {
      gradients.initializeElement(at: rank, to: Self.array(0, of: window.segments[rank], count: count))
    }
    self.gradients = UnsafeBufferPointer(gradients)
    collectives = NodeCollectives(window, topology)
    for part in own { part.update(repeating: 0) }
    try collectives.barrier()
  }

  /// Reserves what this rank touches first. When a rank finds that something is missing, all give theirs back.
  /// - Returns: whether all ranks have theirs.
  private static func reserve(
    _ parts: [UnsafeMutableBufferPointer<Float>], of window: SharedWindow, _ all: any Collectives
  ) throws -> Bool {
    let parts = parts.map { UnsafeMutableRawBufferPointer($0) }
    var isReserved = [Int64(window.isReserved && parts.allSatisfy(reserveSharedMemory) ? 1 : 0)]
    try isReserved.withUnsafeMutableBufferPointer { try all.minimum($0) }
    if isReserved[0] == 0 { for part in parts { releaseSharedMemory(part) } }
    return isReserved[0] == 1
  }

  deinit { gradients.deallocate() }

  /// Bytes of the whole window.
  static func byteCount(count: Int, averages: Bool, ranks: Int) -> Int {
    (0..<ranks).map { segmentBytes(count: count, averages: averages, localRank: $0) }.reduce(0, +)
  }

  private static func segmentBytes(count: Int, averages: Bool, localRank: Int) -> Int {
    let arrays = localRank > 0 ? 1 : averages ? 5 : 4
    return NodeCollectives.byteCount + arrays * stride(of: count)
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
///   - averages: whether there is a moving average of the weights.
///   - ranks: of the node.
package func sharedMemorySize(parameters: Int, averages: Bool, ranks: Int) -> Int {
  let bytes = NodeMemory.byteCount(count: parameters, averages: averages, ranks: ranks)
  // MPI allocates a little more than the segments.
  return bytes + bytes / 16 + 1 << 20
}
