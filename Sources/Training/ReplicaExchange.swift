internal import Layers

/// What a replica tells the others, and how long that takes.
final class ReplicaExchange: ReplicaSum {
  let gradients: any GradientExchange
  private let isAlone: Bool
  private let timer: PhaseTimer

  init(_ gradients: any GradientExchange, isAlone: Bool, timer: PhaseTimer) {
    (self.gradients, self.isAlone, self.timer) = (gradients, isAlone, timer)
  }

  func sumOverReplicas(_ values: UnsafeMutableBufferPointer<Double>) throws {
    if !isAlone { try timer.measure(.normExchange) { try gradients.sum(values) } }
  }

  func gradientsAreComplete(_ range: Range<Int>) throws {
    if !isAlone { try timer.measure(.gradientExchange) { try gradients.announce(range) } }
  }
}
