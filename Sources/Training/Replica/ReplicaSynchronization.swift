internal import GradientExchange
internal import Layers
internal import Profiling

/// A replica's connection to the others: synchronises batch norms and gradients, checks gradients on the way, and times
/// both.
final class ReplicaSynchronization: ReplicaGroup {
  let optimizer: any DistributedOptimizer
  var gradientCheck: GradientCheck
  private let isAlone: Bool
  private let timer: StepTimer

  init(_ optimizer: any DistributedOptimizer, _ memory: ModelMemory, isAlone: Bool, timer: StepTimer) {
    gradientCheck = GradientCheck(memory)
    (self.optimizer, self.isAlone, self.timer) = (optimizer, isAlone, timer)
  }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    if !isAlone { try timer.measure(.normExchange) { try optimizer.sum(values) } }
  }

  func gradientsAreReady(_ range: Range<Int>) throws {
    gradientCheck.check(range)
    if !isAlone { try timer.measure(.gradientExchange) { try optimizer.markReady(range) } }
  }
}
