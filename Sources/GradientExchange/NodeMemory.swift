internal import Communication
internal import Kernels
package import Optimizers

/// The shared memory of a node: weights and moments once, the gradients of every rank, and room for collectives.
///
/// One window with a segment per rank. A segment holds the rank's collectives and gradients; that of local rank 0 also
/// holds weights, moments, averages, what rounding between nodes has lost, and rounded weights. The rank that updates a
/// slice of the weights touches it first, so that its pages lie near that core.
final class NodeMemory {
  let replica: ReplicaMemory
  let collectives: NodeCollectives
  /// The gradients of every rank of the node.
  let gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>
  /// The parameters that this rank updates.
  let slice: Range<Int>

  /// Collective over all ranks. Nil on all of them if a node has not the memory that it promised.
  /// - Parameters:
  ///   - settings: say what the optimiser keeps.
  ///   - wire: says whether rounding between nodes loses something.
  init?(
    _ topology: NodeTopology, count: Int, _ settings: OptimizerSettings, _ wire: WireFormat,
    collectives all: any Collectives
  ) throws {
    let window = try SharedWindow(
      topology, bytes: Self.segmentBytes(count: count, settings, wire, localRank: topology.localRank))
    func arena(_ index: Int, of rank: Int) -> FloatArena {
      FloatArena(
        viewing: UnsafeMutableBufferPointer(
          start: Self.array(index, of: window.segments[rank], count: count), count: count))
    }
    let replica = ReplicaMemory(
      values: arena(1, of: 0), gradients: arena(0, of: topology.localRank),
      optimizer: OptimizerState(
        firstMoment: arena(2, of: 0), secondMoment: arena(3, of: 0),
        average: settings.averageDecay.map { _ in arena(4, of: 0) },
        rounded: settings.roundsWeights
          ? Self.rounded(in: window, count: count, behind: Self.arrays(settings, wire)) : nil),
      residual: wire == .bf16 ? arena(Self.arrays(settings, wire) - 1, of: 0) : nil)
    let slice = (0..<count).partitioned(into: topology.localSize)[topology.localRank]
    let own =
      ([replica.gradients.buffer]
      + (replica.saved + [replica.residual].compactMap(\.self)).map {
        UnsafeMutableBufferPointer(rebasing: $0.buffer[slice])
      }).map {
        UnsafeMutableRawBufferPointer($0)
      } + Self.ownRounded(replica, slice)
    guard try Self.reserve(own, of: window, all) else { return nil }
    (self.replica, self.slice) = (replica, slice)
    let gradients = UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>.allocate(capacity: topology.localSize)
    for rank in 0..<topology.localSize {
      gradients.initializeElement(at: rank, to: Self.array(0, of: window.segments[rank], count: count))
    }
    self.gradients = UnsafeBufferPointer(gradients)
    collectives = NodeCollectives(window, topology)
    for part in own { part.initializeMemory(as: UInt8.self, repeating: 0) }
    try collectives.barrier()
  }

  /// Reserves what this rank touches first. When a rank finds that something is missing, all give theirs back.
  /// - Returns: whether all ranks have theirs.
  private static func reserve(
    _ parts: [UnsafeMutableRawBufferPointer], of window: SharedWindow, _ all: any Collectives
  ) throws -> Bool {
    var isReserved = [Int64(window.isReserved && parts.allSatisfy(reserveSharedMemory) ? 1 : 0)]
    try isReserved.withUnsafeMutableBufferPointer { try all.minimum($0) }
    if isReserved[0] == 0 { for part in parts { releaseSharedMemory(part) } }
    return isReserved[0] == 1
  }

  deinit { gradients.deallocate() }

  /// Bytes of the whole window.
  static func byteCount(count: Int, _ settings: OptimizerSettings, _ wire: WireFormat, ranks: Int) -> Int {
    (0..<ranks).map { segmentBytes(count: count, settings, wire, localRank: $0) }.reduce(0, +)
  }

  private static func segmentBytes(
    count: Int, _ settings: OptimizerSettings, _ wire: WireFormat, localRank: Int
  ) -> Int {
    let rounded = settings.roundsWeights ? stride(of: count / 2 + BF16Arena.readAhead) : 0
    return NodeCollectives.byteCount
      + (localRank > 0 ? stride(of: count) : arrays(settings, wire) * stride(of: count) + rounded)
  }

  /// Arrays of floats in the segment of local rank 0.
  private static func arrays(_ settings: OptimizerSettings, _ wire: WireFormat) -> Int {
    4 + (settings.averageDecay == nil ? 0 : 1) + (wire == .bf16 ? 1 : 0)
  }

  /// The rounded weights lie behind the arrays.
  private static func rounded(in window: SharedWindow, count: Int, behind arrays: Int) -> BF16Arena {
    let base = UnsafeMutableRawPointer(array(arrays, of: window.segments[0], count: count))
    return BF16Arena(
      viewing: UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: UInt16.self), count: count))
  }

  /// The rounded weights of this rank's slice, with what may be read behind the last of them.
  private static func ownRounded(_ replica: ReplicaMemory, _ slice: Range<Int>) -> [UnsafeMutableRawBufferPointer] {
    guard let rounded = replica.optimizer.rounded else { return [] }
    let ahead = slice.upperBound == rounded.count ? BF16Arena.readAhead : 0
    return [
      UnsafeMutableRawBufferPointer(start: rounded.base + slice.lowerBound, count: 2 * (slice.count + ahead))
    ]
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

/// Bytes of shared memory (`/dev/shm`) that the exchange of gradients allocates on a node: for a single rank Open MPI takes
/// the memory from the heap.
/// - Parameters:
///   - parameters: of the model.
///   - settings: say what the optimiser keeps.
///   - wire: what gradients are between nodes.
///   - ranks: of the node.
package func sharedMemorySize(
  parameters: Int, _ settings: OptimizerSettings, _ wire: WireFormat, ranks: Int
) -> Int {
  guard ranks > 1 else { return 0 }
  let bytes = NodeMemory.byteCount(count: parameters, settings, wire, ranks: ranks)
  // MPI allocates a little more than the segments.
  return bytes + bytes / 16 + 1 << 20
}
