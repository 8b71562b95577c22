internal import Layers

/// What a replica tells the others, and how long that takes.
final class ReplicaExchange: ReplicaSum {
  let gradients: any GradientExchange
  var check: GradientCheck
  private let isAlone: Bool
  private let timer: PhaseTimer

  init(_ gradients: any GradientExchange, _ memory: ModelMemory, isAlone: Bool, timer: PhaseTimer) {
    check = GradientCheck(memory)
    (self.gradients, self.isAlone, self.timer) = (gradients, isAlone, timer)
  }

  func sumOverReplicas(_ values: UnsafeMutableBufferPointer<Double>) throws {
    if !isAlone { try timer.measure(.normExchange) { try gradients.sum(values) } }
  }

  func gradientsAreComplete(_ range: Range<Int>) throws {
    check.look(at: range)
    if !isAlone { try timer.measure(.gradientExchange) { try gradients.announce(range) } }
  }
}
