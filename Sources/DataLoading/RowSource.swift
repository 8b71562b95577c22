internal import Kernels

/// Supplies the rows of a rank's partitions, step after step, in the order of an epoch.
protocol RowSource: AnyObject {
  /// Bytes of everything it keeps in memory.
  var byteCount: Int { get }

  /// An epoch starts, counted from 1.
  func begin(epoch: Int)

  /// The rows of a step, valid until the next call. Waits for them if they are still being read.
  /// - Parameter step: counted from 0 within the epoch.
  func store(step: Int) throws -> RowStore

  /// The slot of that store with the row of a partition, and the row's number in the split.
  /// - Parameter index: of the partition among this rank's.
  func find(step: Int, partition index: Int) -> (slot: Int, row: Int)
}

extension BatchPlan {
  /// The rows of a partition in the order in which an epoch takes them.
  /// - Parameter rows: as many as the partition has; filled.
  func order(of partition: Int, epoch: Int, _ shuffle: RandomStream, into rows: UnsafeMutableBufferPointer<UInt32>) {
    for (index, row) in self.rows(of: partition).enumerated() { rows[index] = UInt32(row) }
    shuffle.shuffle(rows, step: UInt64(epoch), row: UInt32(partition))
  }
}

/// Holds all rows in memory.
final class ResidentRows: RowSource {
  private let shard: Shard
  private let plan: BatchPlan
  private let shuffle: RandomStream
  /// Partition after partition, in this epoch's order.
  private let order: UnsafeMutableBufferPointer<UInt32>

  /// - Parameter shard: holds the rows `plan.shard`.
  init(_ shard: Shard, plan: BatchPlan, seed: UInt64) {
    precondition(shard.rows == plan.shard, "the shard is not the plan's")
    (self.shard, self.plan) = (shard, plan)
    shuffle = RandomStream(seed: seed, purpose: .shuffle)
    order = .allocate(capacity: plan.shard.count)
  }

  deinit { order.deallocate() }

  var byteCount: Int { shard.byteCount + UnsafeRawBufferPointer(order).count }

  func begin(epoch: Int) {
    for partition in plan.partitions {
      let rows = UnsafeMutableBufferPointer(rebasing: order[indices(of: partition)])
      plan.order(of: partition, epoch: epoch, shuffle, into: rows)
    }
  }

  func store(step: Int) -> RowStore { shard.store }

  func find(step: Int, partition index: Int) -> (slot: Int, row: Int) {
    let row = Int(order[indices(of: plan.partitions.lowerBound + index).lowerBound + step])
    return (shard.slot(of: row), row)
  }

  private func indices(of partition: Int) -> Range<Int> {
    let rows = plan.rows(of: partition)
    return rows.lowerBound - plan.shard.lowerBound..<rows.upperBound - plan.shard.lowerBound
  }
}
