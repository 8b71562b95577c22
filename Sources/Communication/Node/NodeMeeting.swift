import Glibc
import MPIShim

/// Where the ranks of a node wait for each other and add up small numbers, through counters in shared memory.
///
/// A few hundred nanoseconds where MPI's messages take microseconds. Waiting ranks spin shortly, then give their core
/// away: ranks may outnumber cores. Nothing here allocates.
package final class NodeMeeting {
  /// Bytes it needs at the beginning of every segment.
  package static let byteCount = controlBytes + 2 * capacity * MemoryLayout<Double>.stride
  private static let controlBytes = 4096
  /// Doubles that are added up at a time.
  private static let capacity = 8192
  /// Looks at a counter before a waiting rank gives its core away: some 20 µs.
  private static let patience = 1000

  private let window: NodeWindow
  private let nodes: NodeGroup
  private let adding: PairwiseSum<Double>
  private var round: Int64 = 0

  /// - Parameter window: begins with `byteCount` bytes for this in every segment.
  package init(_ window: NodeWindow, _ nodes: NodeGroup) {
    (self.window, self.nodes) = (window, nodes)
    adding = PairwiseSum(terms: nodes.localSize, capacity: Self.capacity)
    let others = (0..<nodes.localSize).filter { $0 != nodes.localRank }
    nodes.watch.whereabouts.share(
      in: counter(.place, nodes.localRank), neighbours: others.map { (nodes.ranks[$0], counter(.place, $0)) })
  }

  deinit { adding.deallocate() }

  /// Returns when all ranks of the node have called it; what they stored before is then visible.
  package func barrier() throws {
    round += 1
    try check("MPI_Win_sync", mpishim_window_sync(window.handle))
    mpishim_counter_set(counter(.arrived, nodes.localRank), round)
    for rank in 0..<nodes.localSize where rank != nodes.localRank {
      try wait { mpishim_counter_get(counter(.arrived, rank)) >= round }
    }
    try check("MPI_Win_sync", mpishim_window_sync(window.handle))
  }

  /// Replaces every element by its sum over the ranks of the node, added in pairs of ranks.
  package func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try inPieces(values) { piece, half in
      numbers(of: nodes.localRank, half).update(from: piece.baseAddress!, count: piece.count)
      try barrier()
      adding.add(
        0..<nodes.localSize, count: piece.count, from: { UnsafePointer(numbers(of: $0, half)) },
        into: piece.baseAddress!)
    }
  }

  /// Replaces every element by that of local rank 0.
  package func broadcast(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try inPieces(values) { piece, half in
      if nodes.localRank == 0 { numbers(of: 0, half).update(from: piece.baseAddress!, count: piece.count) }
      try barrier()
      if nodes.localRank != 0 { piece.baseAddress!.update(from: numbers(of: 0, half), count: piece.count) }
    }
  }

  /// Two halves of the room take turns: who writes into one has met all others since they read from it.
  private func inPieces(
    _ values: UnsafeMutableBufferPointer<Double>,
    _ body: (_ piece: UnsafeMutableBufferPointer<Double>, _ half: Int) throws -> Void
  ) throws {
    guard nodes.localSize > 1 else { return }
    for start in stride(from: 0, to: values.count, by: Self.capacity) {
      let piece = values[start..<min(start + Self.capacity, values.count)]
      try body(UnsafeMutableBufferPointer(rebasing: piece), Int(round + 1) % 2)
    }
  }

  /// Tells the node how far this rank has come, with a number that only grows. Stores before it become visible.
  package func announce(_ progress: Int64) { mpishim_counter_set(counter(.announced, nodes.localRank), progress) }

  /// How far the slowest rank of the node has come.
  package var slowest: Int64 {
    var slowest = Int64.max
    for rank in 0..<nodes.localSize { slowest = min(slowest, mpishim_counter_get(counter(.announced, rank))) }
    return slowest
  }

  /// Returns when `condition` holds.
  package func wait(until condition: () throws -> Bool) throws {
    var looks = 0
    var wait = StallWatch.Wait()
    while try !condition() {
      looks += 1
      if looks < Self.patience {
        mpishim_pause()
      } else {
        // Others may wait for what MPI still holds back on this rank.
        if nodes.count > 1 { try check("MPI_Iprobe", mpishim_progress(nodes.counterparts.pointer)) }
        sched_yield()
        nodes.watch.check(&wait)
      }
    }
  }

  private enum Counter: Int {
    case arrived = 0
    /// On a cache line that waiting ranks do not look at.
    case announced = 256
    /// Where the rank is, for those who wait for it.
    case place = 512
  }

  private func counter(_ counter: Counter, _ rank: Int) -> UnsafeMutablePointer<Int64> {
    (window.segments[rank] + counter.rawValue).assumingMemoryBound(to: Int64.self)
  }

  private func numbers(of rank: Int, _ half: Int) -> UnsafeMutablePointer<Double> {
    (window.segments[rank] + Self.controlBytes).assumingMemoryBound(to: Double.self) + half * Self.capacity
  }
}
