internal import Communication
internal import Kernels
internal import Optimizers

/// Plain data parallelism: one all-reduce sums all gradients, then every rank updates all parameters. Nothing is shared
/// or sharded. Also the optimiser of a world of one.
final class AllReduceOptimizer: DistributedOptimizer {
  let memory: ReplicaMemory
  let warning: String?
  let summary = "gradients by all-reduce"
  private let collectives: any Collectives
  private let optimizer: Adam

  init(count: Int, collectives: any Collectives, warning: String? = nil) {
    (self.collectives, self.warning) = (collectives, warning)
    optimizer = Adam(count: count)
    memory = ReplicaMemory(
      values: FloatArena(count: count), gradients: FloatArena(count: count), firstMoment: optimizer.firstMoment,
      secondMoment: optimizer.secondMoment)
  }

  func markReady(_ range: Range<Int>) {}

  func finishReduction() throws { try collectives.sum(memory.gradients.buffer) }

  func update(step: UInt64, learningRate: Double) {
    optimizer.update(step: step, learningRate: learningRate, values: memory.values, gradients: memory.gradients)
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws { try collectives.sum(values) }

  func broadcastState() throws {
    for arena in [memory.values, memory.firstMoment, memory.secondMoment] {
      try collectives.broadcast(UnsafeMutableRawBufferPointer(arena.buffer), from: 0)
    }
  }

  func fence() {}
}
