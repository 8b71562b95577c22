package import Communication
package import Configuration
internal import Crypto
internal import Foundation
internal import Kernels
internal import Layers
package import Models
package import Optimizers

/// One rank's copy of a model in training: parameters, moments, and the synchronised step that keeps all copies alike.
package final class Replica {
  package let model: any Model
  package let optimizer: Adam
  package let timer = PhaseTimer()
  private let objective: any ObjectivePass
  private let evaluation: any ObjectivePass
  private let exchange: ReplicaExchange
  /// Optimiser steps taken so far.
  package var stepCount: UInt64 = 0

  /// - Parameter rows: the most rows of a batch on this rank.
  /// - Throws: `ConfigurationError` when the model is too large.
  package init(
    _ configuration: ModelConfiguration, rows: Int, collectives: any Collectives
  ) throws(ConfigurationError) {
    model = try makeModel(configuration)
    optimizer = Adam(count: model.memory.parameters.count)
    objective = model.makeObjectivePass(rows: max(rows, 1))
    evaluation = model.makeObjectivePass(rows: Self.evaluationRows)
    exchange = ReplicaExchange(collectives, timer: timer)
  }

  /// The terms of the last forward pass; after it, summed over all ranks' rows.
  package var termSums: UnsafeMutableBufferPointer<Double> { objective.termSums }

  /// One step of all ranks together: gradients of the loss over the global batch, summed over ranks, then Adam.
  /// - Throws: what the exchange throws.
  package func step(_ batch: Batch, weights: ObjectiveWeights, learningRate: Double) throws {
    try computeGradients(batch, weights: weights)
    stepCount += 1
    timer.measure(.optimizer) {
      optimizer.update(
        step: stepCount, learningRate: learningRate, values: model.memory.values, gradients: model.memory.gradients)
    }
  }

  /// The terms, and the gradients of the loss over the global batch, on every rank.
  package func computeGradients(_ batch: Batch, weights: ObjectiveWeights) throws {
    try timer.measure(.forward) {
      try objective.forward(batch, weights: weights, mode: .training, replicas: exchange)
    }
    try timer.measure(.backward) { try objective.backward(batch, replicas: exchange) }
    try timer.measure(.gradientExchange) {
      try exchange.sum(model.memory.gradients.buffer)
      try exchange.sum(objective.termSums)
    }
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
    for arena in stateArenas { hash.update(bufferPointer: UnsafeRawBufferPointer(arena.buffer)) }
    return Array(hash.finalize())
  }

  /// Parameters, moments and running statistics.
  var stateArenas: [FloatArena] {
    [model.memory.values, optimizer.firstMoment, optimizer.secondMoment, model.memory.runningStatistics]
  }
}
