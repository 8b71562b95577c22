package import Communication
package import Configuration
internal import Crypto
internal import Foundation
internal import Kernels
internal import Layers
package import Models

/// One rank's copy of a model in training: parameters, moments, and the synchronised step that keeps all copies alike.
package final class Replica {
  package let model: any Model
  /// Weights, gradients and moments, some of which other ranks may share.
  package let memory: ReplicaMemory
  package let timer: PhaseTimer
  private let objective: any ObjectivePass
  private let evaluation: any ObjectivePass
  private let exchange: ReplicaExchange
  let collectives: any Collectives
  /// The running statistics before the step: those of a step that is not taken are worth nothing.
  private let formerStatistics: FloatArena
  /// What the ranks add up in every step: terms, and flags that a rank may raise before it.
  package let message: StepMessage
  /// Also compare the replicas every so many steps.
  package var compareEverySteps: UInt64?
  /// Optimiser steps taken so far.
  package var stepCount: UInt64 = 0 { didSet { collectives.watch.whereabouts.note(step: stepCount + 1) } }
  /// Whether the ranks are to stop, agreed on in every step.
  package let stop: StopAgreement

  /// Collective.
  /// - Parameters:
  ///   - rows: the most rows of a batch on this rank.
  ///   - pieces: its rows of each piece that the batch is worked on in; none where it is worked on as a whole.
  /// - Throws: `ConfigurationError` when the model is too large; what the exchange throws.
  package init(
    _ configuration: ModelConfiguration, rows: Int, pieces: [Range<Int>] = [], collectives: any Collectives,
    exchange settings: ExchangeSettings = ExchangeSettings()
  ) throws {
    var settings = settings
    settings.addsInPairs = !pieces.isEmpty
    model = try describeModel(configuration)
    let gradients = try makeGradientExchange(
      settings, count: model.memory.parameters.count, collectives: collectives)
    memory = gradients.memory
    model.memory.allocate(values: memory.values, gradients: memory.gradients)
    timer = PhaseTimer(collectives.watch.whereabouts)
    objective = try Self.makePass(model, rows: rows, pieces: pieces)
    evaluation = model.makeObjectivePass(rows: Self.evaluationRows)
    message = StepMessage(terms: model.termNames.count)
    formerStatistics = FloatArena(count: model.memory.runningStatistics.count)
    exchange = ReplicaExchange(gradients, model.memory, isAlone: collectives.worldSize == 1, timer: timer)
    self.collectives = collectives
    stop = StopAgreement(message)
    collectives.watch.whereabouts.note(step: 1)
  }

  static func makePass(_ model: any Model, rows: Int, pieces: [Range<Int>]) throws -> any ObjectivePass {
    pieces.isEmpty ? model.makeObjectivePass(rows: max(rows, 1)) : try PiecedObjective(model, rows: pieces)
  }

  /// Why gradients go another way than the one asked for, for people to read.
  package var warning: String? { exchange.gradients.warning }

  /// How gradients are exchanged, in words.
  package var exchangeSummary: String { exchange.gradients.summary }

  /// Starts all tensors anew, as `ModelMemory` does. Collective.
  package func initialize(seed: UInt64) throws {
    // Ranks that share weights write the same numbers to the same places.
    model.memory.initialize(seed: seed)
    try exchange.gradients.settle()
  }

  /// Gives everything that training changes from rank 0 to all. Collective.
  package func broadcastState() throws {
    try exchange.gradients.broadcastState()
    try collectives.broadcast(UnsafeMutableRawBufferPointer(model.memory.runningStatistics.buffer), from: 0)
  }

  /// The terms of the last step, summed over all ranks' rows.
  package var termSums: UnsafeMutableBufferPointer<Double> { message.terms }

  /// One step of all ranks together: gradients of the loss over the global batch, summed over ranks, then Adam.
  /// - Parameter rows: the rows of the training split in this rank's part of the batch; asked for if they are sick.
  /// - Throws: `SickStep` on all ranks, before weights change, when a loss or gradient is not finite; what the exchange
  ///   and `compare` throw.
  package func step(
    _ batch: Batch, weights: ObjectiveWeights, learningRate: Double, rows: () -> [Int] = { [] }
  ) throws {
    let statistics = model.memory.runningStatistics
    formerStatistics.base.update(from: statistics.base, count: statistics.count)
    try computeGradients(batch, weights: weights)
    if message.ranks(raising: .sick) > 0 {
      statistics.base.update(from: formerStatistics.base, count: statistics.count)
      throw try diagnose(
        batch, weights: weights, terms: namesOfSick(objective.termSums), tensor: exchange.check.sickTensor,
        rows: rows())
    }
    try timer.measure(.optimizer) {
      try exchange.gradients.update(step: stepCount + 1, learningRate: learningRate)
    }
    stepCount += 1
    if let compareEverySteps, stepCount % compareEverySteps == 0 { try compare(after: "step \(stepCount)") }
  }

  /// The terms, and the gradients of the loss over the global batch: on every rank when they go by all-reduce,
  /// otherwise where the exchange keeps them.
  package func computeGradients(_ batch: Batch, weights: ObjectiveWeights) throws {
    exchange.check.begin()
    try timer.measure(.forward) {
      try objective.forward(batch, weights: weights, mode: .training, replicas: exchange)
    }
    try timer.measure(.backward) { try objective.backward(batch, replicas: exchange) }
    try timer.measure(.gradientExchange) {
      exchange.check.lookAtRest()
      if exchange.check.sickTensor != nil || !objective.termSums.allSatisfy({ $0.isFinite }) { message.raise(.sick) }
      try exchange.gradients.finish()
      try tellOthers(objective.termSums) { try exchange.gradients.sum($0) }
    }
  }

  /// Sums terms over all ranks, and with them what each has to say.
  /// - Parameter sum: how the message is summed.
  /// - Returns: the sums, valid until the next message.
  @discardableResult
  func tellOthers(
    _ terms: UnsafeMutableBufferPointer<Double>, by sum: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows -> UnsafeMutableBufferPointer<Double> {
    stop.ask()
    message.prepare(terms)
    try sum(message.values)
    stop.hear()
    return message.terms
  }

  /// The most rows that are evaluated at a time, whatever the number of ranks.
  package static let evaluationRows = 64

  /// The terms of rows of this rank alone, in evaluation mode: no exchange.
  /// - Returns: sums over the rows, valid until the next call.
  package func evaluateTerms(
    _ batch: Batch, weights: ObjectiveWeights
  ) throws -> UnsafeMutableBufferPointer<Double> {
    try evaluation.forward(batch, weights: weights, mode: .evaluation, replicas: exchange)
    return evaluation.termSums
  }

  /// SHA-256 of everything that training changes. Equal on all ranks as long as the replicas are.
  package func digest() -> [UInt8] {
    var hash = SHA256()
    for arena in state.arenas { hash.update(bufferPointer: UnsafeRawBufferPointer(arena.buffer)) }
    return Array(hash.finalize())
  }
}
