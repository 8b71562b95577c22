internal import Communication
internal import Layers

/// What a replica tells the others, and how long that takes.
final class ReplicaExchange: ReplicaSum {
  private let collectives: any Collectives
  private let timer: PhaseTimer

  init(_ collectives: any Collectives, timer: PhaseTimer) {
    self.collectives = collectives
    self.timer = timer
  }

  func sumOverReplicas(_ values: UnsafeMutableBufferPointer<Double>) throws {
    guard collectives.worldSize > 1 else { return }
    try timer.measure(.normExchange) { try collectives.sum(values) }
  }

  func sum(_ values: UnsafeMutableBufferPointer<Float>) throws { try collectives.sum(values) }
  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws { try collectives.sum(values) }
}
