internal import Communication
internal import Storage

/// Where the records of units go, in their order.
protocol UnitRecords: AnyObject {
  /// Records that are there.
  var unitCount: Int { get }
  func append(_ record: [UInt8]) throws
}

/// Computes segments on all ranks: each takes the next unit, rank 0 records them in their order. What is recorded does
/// not depend on the number of ranks, and memory holds one unit of each rank.
struct RowEngine {
  let order: UnitOrder
  private let segments: [RowSegment]
  private let collectives: any Collectives

  init(_ segments: [RowSegment], _ collectives: any Collectives) {
    (self.segments, self.collectives) = (segments, collectives)
    order = UnitOrder(segments)
  }

  /// Computes what is not recorded. Collective.
  /// - Parameters:
  ///   - records: on rank 0.
  ///   - progress: called on every rank with the rows that are done and those there are, over all segments.
  /// - Throws: `EvaluationStopped` on all ranks when one has received a signal; what reading and the exchange throw.
  func run(_ records: (any UnitRecords)?, progress: (_ done: Int, _ total: Int) -> Void) throws {
    collectives.watchdog.progress.enter(.evaluation)
    var done = [Int64(records?.unitCount ?? 0)]
    try done.withUnsafeMutableBytes { try collectives.broadcast($0, from: 0) }
    let total = order.rowCount(ofFirst: order.count)
    for first in stride(from: Int(done[0]), to: order.count, by: collectives.worldSize) {
      progress(order.rowCount(ofFirst: first), total)
      try stopIfRequested()
      let unit = first + collectives.rank
      try gather(unit < order.count ? try compute(unit) : [], first, records)
    }
    progress(total, total)
  }

  private func compute(_ unit: Int) throws -> [UInt8] {
    let place = order.place(of: unit)
    return try segments[place.segment].compute(unit: place.unit)
  }

  /// Records the units from `first` on, one of each rank.
  private func gather(_ own: [UInt8], _ first: Int, _ records: (any UnitRecords)?) throws {
    let size = order.largestUnit
    let block = own + [UInt8](repeating: 0, count: size - own.count)
    let isRoot = collectives.rank == 0
    var blocks = [UInt8](repeating: 0, count: isRoot ? size * collectives.worldSize : 0)
    try block.withUnsafeBytes { block in
      try blocks.withUnsafeMutableBytes { try collectives.gather(block, into: $0, at: 0) }
    }
    guard isRoot else { return }
    for rank in 0..<min(collectives.worldSize, order.count - first) {
      let bytes =
        order.offset(of: first + rank + 1) - order.offset(of: first + rank) - RecordFile.digestByteCount
      try records?.append(Array(blocks[rank * size..<rank * size + bytes]))
    }
  }

  private func stopIfRequested() throws {
    var requests = StopCause.allCases.map { StopSignals.cause == $0 ? 1.0 : 0 }
    try requests.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    if let cause = StopCause.allCases.first(where: { requests[$0.rawValue] > 0 }) {
      throw EvaluationStopped(cause: cause)
    }
  }
}
