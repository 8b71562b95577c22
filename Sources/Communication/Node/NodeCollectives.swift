import MPIShim

/// Barrier, sum and broadcast among the ranks of a node, through counters and buffers in shared memory.
///
/// They take a few hundred nanoseconds where MPI's messages take microseconds. Nothing here allocates.
package final class NodeCollectives {
  /// Bytes reserved at the beginning of every segment.
  package static let byteCount = controlBytes + 2 * capacity * MemoryLayout<Double>.stride
  private static let controlBytes = 4096
  /// Doubles that are summed at a time.
  private static let capacity = 8192

  private let window: SharedWindow
  private let topology: NodeTopology
  private let pairwiseSum: PairwiseSum<Double>
  private var round: Int64 = 0

  /// - Parameter window: every segment begins with `byteCount` bytes reserved for this object.
  package init(_ window: SharedWindow, _ topology: NodeTopology) {
    (self.window, self.topology) = (window, topology)
    pairwiseSum = PairwiseSum(terms: topology.localSize, capacity: Self.capacity)
    let others = (0..<topology.localSize).filter { $0 != topology.localRank }
    topology.watchdog.progress.share(
      in: counter(.progress, topology.localRank),
      neighbours: others.map { (topology.ranks[$0], counter(.progress, $0)) })
  }

  deinit { pairwiseSum.deallocate() }

  /// Returns when all ranks of the node have called it; what they stored before is then visible.
  package func barrier() throws {
    round += 1
    try check("MPI_Win_sync", mpishim_window_sync(window.handle))
    mpishim_counter_set(counter(.arrived, topology.localRank), round)
    for rank in 0..<topology.localSize where rank != topology.localRank {
      try wait { mpishim_counter_get(counter(.arrived, rank)) >= round }
    }
    try check("MPI_Win_sync", mpishim_window_sync(window.handle))
  }

  /// Replaces every element by its sum over the ranks of the node: a pairwise summation over local ranks.
  package func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try inChunks(values) { chunk, half in
      numbers(of: topology.localRank, half).update(from: chunk.baseAddress!, count: chunk.count)
      try barrier()
      pairwiseSum.add(
        0..<topology.localSize, count: chunk.count, from: { UnsafePointer(numbers(of: $0, half)) },
        into: chunk.baseAddress!)
    }
  }

  /// Replaces every element by that of local rank 0.
  package func broadcast(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try inChunks(values) { chunk, half in
      if topology.localRank == 0 { numbers(of: 0, half).update(from: chunk.baseAddress!, count: chunk.count) }
      try barrier()
      if topology.localRank != 0 { chunk.baseAddress!.update(from: numbers(of: 0, half), count: chunk.count) }
    }
  }

  /// Double buffering: a rank that writes into one half has passed a barrier since the others read from it.
  private func inChunks(
    _ values: UnsafeMutableBufferPointer<Double>,
    _ body: (_ chunk: UnsafeMutableBufferPointer<Double>, _ half: Int) throws -> Void
  ) throws {
    guard topology.localSize > 1 else { return }
    for start in stride(from: 0, to: values.count, by: Self.capacity) {
      let chunk = values[start..<min(start + Self.capacity, values.count)]
      try body(UnsafeMutableBufferPointer(rebasing: chunk), Int(round + 1) % 2)
    }
  }

  /// Publishes this rank's progress to the node, a number that only grows. Earlier stores become visible first.
  package func publish(_ progress: Int64) { mpishim_counter_set(counter(.published, topology.localRank), progress) }

  /// The progress of the slowest rank of the node.
  package var slowestProgress: Int64 {
    var slowest = Int64.max
    for rank in 0..<topology.localSize { slowest = min(slowest, mpishim_counter_get(counter(.published, rank))) }
    return slowest
  }

  /// Returns when `condition` holds.
  package func wait(until condition: () throws -> Bool) throws {
    try topology.watchdog.wait(spins: Watchdog.sharedMemorySpins, until: condition) {
      // Other nodes may wait for messages that this rank's MPI has not sent yet.
      if topology.count > 1 { try check("MPI_Iprobe", mpishim_progress(topology.peers.pointer)) }
    }
  }

  private enum Counter: Int {
    case arrived = 0
    /// On a cache line that ranks in a barrier do not poll.
    case published = 256
    /// The rank's progress, for the error message of those who wait for it.
    case progress = 512
  }

  private func counter(_ counter: Counter, _ rank: Int) -> UnsafeMutablePointer<Int64> {
    (window.segments[rank] + counter.rawValue).assumingMemoryBound(to: Int64.self)
  }

  private func numbers(of rank: Int, _ half: Int) -> UnsafeMutablePointer<Double> {
    (window.segments[rank] + Self.controlBytes).assumingMemoryBound(to: Double.self) + half * Self.capacity
  }
}
