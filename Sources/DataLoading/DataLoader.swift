internal import Configuration
internal import Kernels
internal import Layers
package import Models
package import Storage

/// The batches of a training run on this rank, in the order that seed and epoch decide.
package final class DataLoader {
  package let plan: BatchPlan
  private let source: any RowSource
  private let assembly: BatchAssembly
  private var epoch = 0

  /// Bytes of the rows in memory and of their order.
  package var byteCount: Int { source.byteCount }

  /// Reads the rows of `dataset` now if they fit into memory, otherwise streams them from the file during training.
  /// - Parameters:
  ///   - draws: of the latents of a row.
  ///   - memory: the most bytes to hold.
  /// - Throws: as `Shard` or `StreamedRows` does.
  package convenience init(
    _ dataset: borrowing PackedDataset, model: any Model, plan: BatchPlan, draws: Int = 1, seed: UInt64, memory: Int
  ) throws {
    let modalities = model.configuration.dataModalities
    let source: any RowSource
    if StreamLayout.isNeeded(plan, dataset, modalities, memory: memory) {
      source = try StreamedRows(dataset, modalities: modalities, plan: plan, seed: seed, memory: memory)
    } else {
      let shard = try Shard(dataset, modalities: modalities, split: .train, rows: plan.shard)
      source = ResidentRows(shard, plan: plan, seed: seed)
    }
    self.init(source, model: model, plan: plan, draws: draws, seed: seed)
  }

  /// - Parameter shard: holds the rows `plan.shard`.
  package convenience init(_ shard: Shard, model: any Model, plan: BatchPlan, draws: Int = 1, seed: UInt64) {
    self.init(ResidentRows(shard, plan: plan, seed: seed), model: model, plan: plan, draws: draws, seed: seed)
  }

  private init(_ source: any RowSource, model: any Model, plan: BatchPlan, draws: Int, seed: UInt64) {
    self.plan = plan
    self.source = source
    assembly = BatchAssembly(model, rows: plan.partitions.count, draws: draws, seed: seed, noisePurpose: .noise)
  }

  /// Shuffles every partition for an epoch, counted from 1.
  package func begin(epoch: Int) {
    self.epoch = epoch
    source.begin(epoch: epoch)
  }

  /// This rank's part of one batch, valid until the next call.
  /// - Parameter step: counted from 0 within the epoch.
  /// - Throws: when rows are streamed and the file could not be read, or a row does not fit its likelihood.
  package func batch(step: Int) throws -> Batch {
    let partitions = plan.partitions(step: step)
    let globalStep = UInt64(epoch - 1) * UInt64(plan.stepsPerEpoch) + UInt64(step)
    assembly.begin(BatchRows(local: partitions.count, global: plan.globalRows(step: step)), masked: true, epoch: epoch)
    let store = try source.store(step: step)
    for (index, partition) in partitions.enumerated() {
      let (slot, row) = source.find(step: step, partition: index)
      assembly.fill(index, from: store, slot: slot, row: row, step: globalStep, drawRow: UInt32(partition))
    }
    return assembly.batch
  }

  /// The rows of the split that this rank's part of a batch is made of. Follows `batch` of the same step.
  package func rows(step: Int) -> [Int] {
    (0..<plan.partitions(step: step).count).map { source.find(step: step, partition: $0).row }
  }
}
