internal import Kernels

/// Brings the rows of a rank's lanes, step after step, in the order of an epoch.
protocol LaneSupply: AnyObject {
  /// Of everything it keeps in memory.
  var byteCount: Int { get }

  /// An epoch starts, counted from 1.
  func begin(epoch: Int)

  /// The rows that a step needs, valid until the next call. Waits for them if need be.
  /// - Parameter step: counted from 0 within the epoch.
  func store(step: Int) throws -> RowStore

  /// Where in that store the row of a lane is, and which row of the split it is.
  /// - Parameter place: of the lane among this rank's.
  func find(step: Int, place: Int) -> (slot: Int, row: Int)
}

extension LanePlan {
  /// The rows of a lane in the order in which an epoch takes them.
  /// - Parameter rows: as many as the lane has; filled.
  func order(of lane: Int, epoch: Int, _ shuffle: RandomStream, into rows: UnsafeMutableBufferPointer<UInt32>) {
    for (place, row) in self.rows(of: lane).enumerated() { rows[place] = UInt32(row) }
    shuffle.shuffle(rows, step: UInt64(epoch), row: UInt32(lane))
  }
}

/// All rows in memory.
final class ResidentLanes: LaneSupply {
  private let shard: Shard
  private let plan: LanePlan
  private let shuffle: RandomStream
  /// Lane after lane, in this epoch's order.
  private let order: UnsafeMutableBufferPointer<UInt32>

  /// - Parameter shard: holds the rows `plan.shard`.
  init(_ shard: Shard, plan: LanePlan, seed: UInt64) {
    precondition(shard.rows == plan.shard, "the shard is not the plan's")
    (self.shard, self.plan) = (shard, plan)
    shuffle = RandomStream(seed: seed, purpose: .shuffle)
    order = .allocate(capacity: plan.shard.count)
  }

  deinit { order.deallocate() }

  var byteCount: Int { shard.byteCount + UnsafeRawBufferPointer(order).count }

  func begin(epoch: Int) {
    for lane in plan.lanes {
      plan.order(of: lane, epoch: epoch, shuffle, into: UnsafeMutableBufferPointer(rebasing: order[indices(of: lane)]))
    }
  }

  func store(step: Int) -> RowStore { shard.store }

  func find(step: Int, place: Int) -> (slot: Int, row: Int) {
    let row = Int(order[indices(of: plan.lanes.lowerBound + place).lowerBound + step])
    return (shard.slot(of: row), row)
  }

  private func indices(of lane: Int) -> Range<Int> {
    let rows = plan.rows(of: lane)
    return rows.lowerBound - plan.shard.lowerBound..<rows.upperBound - plan.shard.lowerBound
  }
}
