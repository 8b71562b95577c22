/// Collectives whose sums are added in pairs of ranks, whatever algorithm MPI would choose: it only carries the terms.
///
/// Every rank gets the terms of all and adds them up itself, so a sum costs as many times the memory traffic as there
/// are ranks.
package final class PairwiseCollectives: Collectives {
  private let base: any Collectives
  private lazy var floats = GatheredTerms<Float>(base)
  private lazy var doubles = GatheredTerms<Double>(base)

  package init(_ base: any Collectives) { self.base = base }

  package var rank: Int { base.rank }
  package var worldSize: Int { base.worldSize }
  package var watchdog: Watchdog { base.watchdog }

  package func sum(_ buffer: UnsafeMutableBufferPointer<Float>) throws { try floats.sum(buffer) }
  package func sum(_ buffer: UnsafeMutableBufferPointer<Double>) throws { try doubles.sum(buffer) }

  package func maximum(_ buffer: UnsafeMutableBufferPointer<Double>) throws { try base.maximum(buffer) }
  package func maximum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws { try base.maximum(buffer) }
  package func minimum(_ buffer: UnsafeMutableBufferPointer<Double>) throws { try base.minimum(buffer) }
  package func minimum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws { try base.minimum(buffer) }

  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
    try base.broadcast(bytes, from: root)
  }

  package func gather(
    _ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer, at root: Int
  ) throws {
    try base.gather(block, into: blocks, at: root)
  }

  package func allGather(_ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer) throws {
    try base.allGather(block, into: blocks)
  }

  package func barrier() throws { try base.barrier() }
  package func findNodes() throws -> NodeTopology? { try base.findNodes() }
}

/// Terms of all ranks, some at a time.
private final class GatheredTerms<Number: FloatingPoint> {
  /// Numbers of each rank that are gathered at a time.
  private static var capacity: Int { 1 << 13 }

  private let base: any Collectives
  private let terms: UnsafeMutableBufferPointer<Number>
  private let adding: PairwiseSum<Number>

  init(_ base: any Collectives) {
    self.base = base
    terms = .allocate(capacity: Self.capacity * base.worldSize)
    terms.initialize(repeating: 0)
    adding = PairwiseSum(terms: base.worldSize, capacity: Self.capacity)
  }

  deinit {
    terms.deallocate()
    adding.deallocate()
  }

  func sum(_ buffer: UnsafeMutableBufferPointer<Number>) throws {
    guard base.worldSize > 1 else { return }
    for start in stride(from: 0, to: buffer.count, by: Self.capacity) {
      let chunk = UnsafeMutableBufferPointer(rebasing: buffer[start..<min(start + Self.capacity, buffer.count)])
      let gathered = UnsafeMutableBufferPointer(rebasing: terms[..<(chunk.count * base.worldSize)])
      try base.allGather(UnsafeRawBufferPointer(chunk), into: UnsafeMutableRawBufferPointer(gathered))
      adding.add(
        0..<base.worldSize, count: chunk.count,
        from: { UnsafePointer(gathered.baseAddress! + $0 * chunk.count) }, into: chunk.baseAddress!)
    }
  }
}
