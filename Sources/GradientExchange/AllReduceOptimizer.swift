internal import Communication
internal import Kernels
internal import Optimizers

/// Plain data parallelism: one all-reduce sums all gradients, then every rank updates all parameters. Nothing is shared
/// or sharded. Also the optimiser of a world of one.
final class AllReduceOptimizer: DistributedOptimizer {
  let memory: ReplicaMemory
  let warning: String?
  let summary = "gradients by all-reduce"
  let traffic = GradientTraffic()
  private let collectives: any Collectives
  private let optimizer: Optimizer
  private let normShare: NormShare

  init(
    _ settings: OptimizerSettings, count: Int, normShare: NormShare, collectives: any Collectives,
    warning: String? = nil
  ) {
    (self.collectives, self.normShare, self.warning) = (collectives, normShare, warning)
    optimizer = Optimizer(count: count, settings)
    memory = ReplicaMemory(
      values: FloatArena(count: count), gradients: FloatArena(count: count), optimizer: optimizer.state,
      residual: nil)
  }

  func markReady(_ range: Range<Int>) {}

  func finishReduction(measuringNorm: Bool) throws -> Double {
    try collectives.sum(memory.gradients.buffer)
    return measuringNorm ? normShare.square(of: memory.gradients.base) : 0
  }

  func update(_ step: OptimizerStep) {
    optimizer.update(step, values: memory.values, gradients: memory.gradients)
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws { try collectives.sum(values) }

  func broadcastState() throws {
    for arena in memory.saved {
      try collectives.broadcast(UnsafeMutableRawBufferPointer(arena.buffer), from: 0)
    }
  }

  func digestOfNode(_ digest: () -> [UInt8]) -> [UInt8] { digest() }

  func collectResidual() {}

  func fence() {}
}
