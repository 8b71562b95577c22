import MPIShim

/// Barrier, sum and broadcast among the ranks of a node, through counters and buffers in shared memory.
///
/// On few ranks they take a few hundred nanoseconds where MPI's messages take microseconds. For many the barrier is a
/// dissemination barrier (Hensgen et al. 1988), so that no rank polls all others, and long sums are a reduce-scatter and an
/// all-gather, so that no rank reads all numbers of all ranks. Nothing here allocates.
package final class NodeCollectives {
  /// Bytes reserved at the beginning of every segment.
  package static let byteCount = controlBytes + 2 * capacity * MemoryLayout<Double>.stride
  private static let controlBytes = 8192
  /// Doubles that are summed at a time.
  private static let capacity = 8192
  /// Ranks that hear of each other in one round of a barrier. Two would do; more save rounds, whose latencies add up, for
  /// reads that overlap.
  private static let barrierRadix = 8
  /// Sums of more ranks and more numbers are split among the ranks.
  private static let (directRanks, directNumbers) = (4, 256)

  private let window: SharedWindow
  private let topology: NodeTopology
  private let pairwiseSum: PairwiseSum<Double>
  /// Rounds of barriers so far.
  private var round: Int64 = 0
  private var lastPublished: Int64 = 0
  /// Which half of the buffers the next sum or broadcast uses.
  private var half = 0

  /// - Parameter window: every segment begins with `byteCount` bytes reserved for this object.
  package init(_ window: SharedWindow, _ topology: NodeTopology) {
    (self.window, self.topology) = (window, topology)
    pairwiseSum = PairwiseSum(terms: topology.localSize, capacity: Self.capacity)
    precondition(topology.localSize <= Self.mostRanks, "\(topology.localSize) ranks of a node")
    let others = (0..<topology.localSize).filter { $0 != topology.localRank }
    topology.watchdog.progress.share(
      in: counter(.progress, topology.localRank),
      neighbours: others.map { (topology.ranks[$0], counter(.progress, $0)) })
  }

  deinit { pairwiseSum.deallocate() }

  /// Returns when all ranks of the node have called it; what they stored before is then visible.
  package func barrier() throws {
    try topology.watchdog.check("MPI_Win_sync", mpishim_window_sync(window.handle))
    let (own, size) = (topology.localRank, topology.localSize)
    // Before each round a rank knows that the `distance` ranks up to itself have arrived, and so do all others.
    var distance = 1
    while distance < size {
      round += 1
      mpishim_counter_set(counter(.arrived, own), round)
      for offset in stride(from: distance, to: min(size, Self.barrierRadix * distance), by: distance) {
        let arrived = counter(.arrived, (own + size - offset) % size)
        try wait { mpishim_counter_get(arrived) >= round }
      }
      distance *= Self.barrierRadix
    }
    try topology.watchdog.check("MPI_Win_sync", mpishim_window_sync(window.handle))
  }

  /// Replaces every element by its sum over the ranks of the node: a pairwise summation over local ranks.
  package func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try inChunks(values) { chunk, half in
      numbers(of: topology.localRank, half).update(from: chunk.baseAddress!, count: chunk.count)
      try barrier()
      let isSplit = topology.localSize > Self.directRanks && chunk.count > Self.directNumbers
      let own = isSplit ? part(of: topology.localRank, chunk.count) : 0..<chunk.count
      pairwiseSum.add(
        0..<topology.localSize, count: own.count, from: { UnsafePointer(numbers(of: $0, half) + own.lowerBound) },
        into: chunk.baseAddress! + own.lowerBound)
      if isSplit { try allGather(chunk, half) }
    }
  }

  /// Every rank has the sums of its part, and gets all others.
  private func allGather(_ sums: UnsafeMutableBufferPointer<Double>, _ half: Int) throws {
    // No other rank reads this part of this rank's numbers.
    let own = part(of: topology.localRank, sums.count)
    (numbers(of: topology.localRank, half) + own.lowerBound).update(
      from: sums.baseAddress! + own.lowerBound, count: own.count)
    try barrier()
    for rank in 0..<topology.localSize where rank != topology.localRank {
      let part = part(of: rank, sums.count)
      (sums.baseAddress! + part.lowerBound).update(
        from: numbers(of: rank, half) + part.lowerBound, count: part.count)
    }
  }

  /// The part of `count` numbers that a rank adds up, whole cache lines.
  private func part(of rank: Int, _ count: Int) -> Range<Int> {
    let line = 8
    func bound(_ k: Int) -> Int { min(count, (count + line - 1) / line * k / topology.localSize * line) }
    return bound(rank)..<bound(rank + 1)
  }

  /// Replaces every element by that of local rank 0.
  package func broadcast(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try inChunks(values) { chunk, half in
      if topology.localRank == 0 { numbers(of: 0, half).update(from: chunk.baseAddress!, count: chunk.count) }
      try barrier()
      if topology.localRank != 0 { chunk.baseAddress!.update(from: numbers(of: 0, half), count: chunk.count) }
    }
  }

  /// Double buffering: a rank that writes into one half has passed a barrier of the other half, which all ranks entered
  /// after they had read from the first.
  private func inChunks(
    _ values: UnsafeMutableBufferPointer<Double>,
    _ body: (_ chunk: UnsafeMutableBufferPointer<Double>, _ half: Int) throws -> Void
  ) throws {
    guard topology.localSize > 1 else { return }
    for start in stride(from: 0, to: values.count, by: Self.capacity) {
      let chunk = values[start..<min(start + Self.capacity, values.count)]
      half = 1 - half
      try body(UnsafeMutableBufferPointer(rebasing: chunk), half)
    }
  }

  /// Publishes this rank's progress to the node, a number that only grows. Earlier stores become visible first.
  package func publish(_ progress: Int64) {
    // Others read the cache line while this rank polls: it is written only when there is news.
    guard progress != lastPublished else { return }
    lastPublished = progress
    mpishim_counter_set(published(topology.localRank), progress)
  }

  /// The progress of the slowest rank of the node.
  package var slowestProgress: Int64 {
    var slowest = Int64.max
    for rank in 0..<topology.localSize { slowest = min(slowest, mpishim_counter_get(published(rank))) }
    return slowest
  }

  /// Returns when `condition` holds.
  package func wait(until condition: () throws -> Bool) throws {
    try topology.watchdog.wait(spins: Watchdog.sharedMemorySpins, until: condition) {
      // Other nodes may wait for messages that this rank's MPI has not sent yet.
      if topology.count > 1 {
        try topology.watchdog.check("MPI_Iprobe", mpishim_progress(topology.peers.pointer))
      }
    }
  }

  private enum Counter: Int {
    case arrived = 0
    /// The rank's progress, for the error message of those who wait for it.
    case progress = 256
  }

  private func counter(_ counter: Counter, _ rank: Int) -> UnsafeMutablePointer<Int64> {
    (window.segments[rank] + counter.rawValue).assumingMemoryBound(to: Int64.self)
  }

  /// Published numbers lie side by side in the segment of local rank 0: they are read often, eight at a time, and change
  /// once a bucket.
  private func published(_ rank: Int) -> UnsafeMutablePointer<Int64> {
    (window.segments[0] + Self.publishedOffset).assumingMemoryBound(to: Int64.self) + rank
  }

  private static let publishedOffset = 512
  /// Ranks of a node for which there is room.
  private static let mostRanks = (controlBytes - publishedOffset) / MemoryLayout<Int64>.stride

  private func numbers(of rank: Int, _ half: Int) -> UnsafeMutablePointer<Double> {
    (window.segments[rank] + Self.controlBytes).assumingMemoryBound(to: Double.self) + half * Self.capacity
  }
}
