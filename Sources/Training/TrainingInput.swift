internal import Configuration
internal import Kernels
internal import Layers
package import Models

/// The batches of a training run on this rank, in the order that seed and epoch decide.
package final class TrainingInput {
  package let plan: LanePlan
  private let shard: Shard
  private let assembly: BatchAssembly
  private let shuffle: RandomStream
  /// The rows of this rank's lanes, lane after lane, in this epoch's order.
  private let order: UnsafeMutableBufferPointer<UInt32>
  private var epoch = 0

  /// - Parameter shard: holds the rows `plan.shard`.
  package init(_ shard: Shard, model: any Model, plan: LanePlan, seed: UInt64) {
    precondition(shard.rows == plan.shard, "the shard is not the plan's")
    self.plan = plan
    self.shard = shard
    assembly = BatchAssembly(model, rows: plan.lanes.count, seed: seed, noisePurpose: .noise)
    shuffle = RandomStream(seed: seed, purpose: .shuffle)
    order = .allocate(capacity: plan.shard.count)
  }

  deinit { order.deallocate() }

  /// Shuffles every lane for an epoch, counted from 1.
  package func begin(epoch: Int) {
    self.epoch = epoch
    for lane in plan.lanes {
      let rows = plan.rows(of: lane)
      let slice = UnsafeMutableBufferPointer(rebasing: order[indices(of: lane)])
      for (place, row) in rows.enumerated() { slice[place] = UInt32(row) }
      shuffle.shuffle(slice, step: UInt64(epoch), row: UInt32(lane))
    }
  }

  /// This rank's part of one batch, valid until the next call.
  /// - Parameter step: counted from 0 within the epoch.
  package func batch(step: Int) -> Batch {
    let lanes = plan.lanes(step: step)
    let globalStep = UInt64(epoch - 1) * UInt64(plan.stepsPerEpoch) + UInt64(step)
    assembly.begin(BatchRows(local: lanes.count, global: plan.globalRows(step: step)), masked: true, epoch: epoch)
    for (place, lane) in lanes.enumerated() {
      let row = order[indices(of: lane).lowerBound + step]
      assembly.fill(place, from: shard, row: Int(row), step: globalStep, row: UInt32(lane))
    }
    return assembly.batch
  }

  private func indices(of lane: Int) -> Range<Int> {
    let rows = plan.rows(of: lane)
    return rows.lowerBound - plan.shard.lowerBound..<rows.upperBound - plan.shard.lowerBound
  }
}
