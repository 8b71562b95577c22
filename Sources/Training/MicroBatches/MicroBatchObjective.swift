internal import Configuration
internal import Kernels
internal import Layers
internal import Models

/// Runs a rank's part of a batch as micro-batches, each as if it were a rank (a virtual replica): the bits of terms and
/// gradients then depend on the number of micro-batches, not on the number of ranks.
///
/// Every micro-batch has a model of its own that shares the weights but has its own activations, gradients and running
/// statistics. The micro-batches of a rank run in turn.
final class MicroBatchObjective: ObjectivePass {
  let termSums: UnsafeMutableBufferPointer<Double>
  private let microBatches: [MicroBatch]
  private let threads: MicroBatchThreads
  private let sums: MicroBatchSums

  private struct MicroBatch {
    let model: any Model
    let objective: any ObjectivePass
    let replica: MicroBatchReplica
    /// Its rows of the rank's part of a full batch.
    let rows: Range<Int>
  }

  /// - Parameters:
  ///   - model: its gradients and running statistics receive the results; the first micro-batch uses it.
  ///   - rows: of each micro-batch, consecutive; a power of two of them.
  ///   - draws: of the latents of a row.
  init(_ model: any Model, rows: [Range<Int>], draws: Int) throws {
    let threads = MicroBatchThreads(count: rows.count)
    let sums = MicroBatchSums(threads)
    (self.threads, self.sums) = (threads, sums)
    microBatches = try rows.enumerated().map { index, rows in
      let own = index == 0 ? model : try describeModel(model.configuration)
      if index > 0 {
        own.memory.allocate(values: model.memory.values)
        if let rounded = model.memory.rounded { own.memory.useBF16(rounded) }
      }
      return MicroBatch(
        model: own, objective: own.makeObjectivePass(rows: max(rows.count, 1), draws: draws),
        replica: MicroBatchReplica(sums, microBatch: index), rows: rows)
    }
    termSums = microBatches[0].objective.termSums
  }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    // The first model is the one that is saved, loaded and broadcast.
    let statistics = microBatches[0].model.memory.runningStatistics
    for other in microBatches.dropFirst() {
      other.model.memory.runningStatistics.base.update(from: statistics.base, count: statistics.count)
    }
    try run(replicas) {
      try $0.objective.forward(batch.rows($0.rows), weights: weights, mode: mode, replicas: $0.replica)
    }
    sumPairwise(microBatches.map(\.objective.termSums))
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws {
    try run(replicas) { try $0.objective.backward(batch.rows($0.rows), replicas: $0.replica) }
    sumPairwise(microBatches.map(\.model.memory.gradients.buffer))
    try replicas.gradientsAreReady(0..<microBatches[0].model.memory.gradients.count)
  }

  private func run(_ replicas: any ReplicaGroup, _ body: @escaping (MicroBatch) throws -> Void) throws {
    sums.ranks = replicas
    defer { sums.ranks = nil }
    try threads.run { [microBatches] in try body(microBatches[$0]) }
  }
}
