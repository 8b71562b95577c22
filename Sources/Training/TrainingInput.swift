internal import Configuration
internal import Kernels
internal import Layers
package import Models
package import Storage

/// The batches of a training run on this rank, in the order that seed and epoch decide.
package final class TrainingInput {
  package let plan: LanePlan
  private let supply: any LaneSupply
  private let assembly: BatchAssembly
  private var epoch = 0

  /// Bytes of the rows in memory, and of what orders them.
  package var byteCount: Int { supply.byteCount }

  /// Takes the rows of `dataset`: into memory now if they fit, otherwise from the file while training goes on.
  /// - Parameter memory: the most bytes to hold.
  /// - Throws: as `Shard` or `StreamedLanes` does.
  package convenience init(
    _ dataset: borrowing PackedDataset, model: any Model, plan: LanePlan, seed: UInt64, memory: Int
  ) throws {
    let modalities = model.configuration.dataModalities
    let supply: any LaneSupply
    if StreamLayout.isNeeded(plan, dataset, modalities, memory: memory) {
      supply = try StreamedLanes(dataset, modalities: modalities, plan: plan, seed: seed, memory: memory)
    } else {
      let shard = try Shard(dataset, modalities: modalities, split: .train, rows: plan.shard)
      supply = ResidentLanes(shard, plan: plan, seed: seed)
    }
    self.init(supply, model: model, plan: plan, seed: seed)
  }

  /// - Parameter shard: holds the rows `plan.shard`.
  package convenience init(_ shard: Shard, model: any Model, plan: LanePlan, seed: UInt64) {
    self.init(ResidentLanes(shard, plan: plan, seed: seed), model: model, plan: plan, seed: seed)
  }

  private init(_ supply: any LaneSupply, model: any Model, plan: LanePlan, seed: UInt64) {
    self.plan = plan
    self.supply = supply
    assembly = BatchAssembly(model, rows: plan.lanes.count, seed: seed, noisePurpose: .noise)
  }

  /// Shuffles every lane for an epoch, counted from 1.
  package func begin(epoch: Int) {
    self.epoch = epoch
    supply.begin(epoch: epoch)
  }

  /// This rank's part of one batch, valid until the next call.
  /// - Parameter step: counted from 0 within the epoch.
  /// - Throws: when rows are streamed and the file could not be read, or a row does not fit its likelihood.
  package func batch(step: Int) throws -> Batch {
    let lanes = plan.lanes(step: step)
    let globalStep = UInt64(epoch - 1) * UInt64(plan.stepsPerEpoch) + UInt64(step)
    assembly.begin(BatchRows(local: lanes.count, global: plan.globalRows(step: step)), masked: true, epoch: epoch)
    let store = try supply.store(step: step)
    for (place, lane) in lanes.enumerated() {
      let (slot, row) = supply.find(step: step, place: place)
      assembly.fill(place, from: store, slot: slot, row: row, step: globalStep, drawRow: UInt32(lane))
    }
    return assembly.batch
  }

  /// The rows of the split that this rank's part of a batch is made of. Follows `batch` of the same step.
  func rows(step: Int) -> [Int] {
    (0..<plan.lanes(step: step).count).map { supply.find(step: step, place: $0).row }
  }
}
