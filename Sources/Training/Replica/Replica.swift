package import Communication
package import Configuration
internal import Foundation
package import GradientExchange
internal import Hashing
internal import Kernels
internal import Layers
package import Models
package import Optimizers
package import Profiling
package import Runs

/// One rank's copy of a model in training: parameters, moments, and the synchronised step that keeps all copies alike.
package final class Replica {
  package let model: any Model
  /// Weights, gradients and moments; the ranks of a node may share them.
  package let memory: ReplicaMemory
  package let timer: StepTimer
  private let objective: any ObjectivePass
  private let evaluation: any ObjectivePass
  private let averaged: AveragedModel?
  /// The model to evaluate, in single precision: that of the averaged weights, if there is one.
  package let evaluatedModel: any Model
  private let synchronization: ReplicaSynchronization
  let collectives: any Collectives
  /// The running statistics before the step, to be restored when the step is not taken.
  private let previousStatistics: FloatArena
  /// What the ranks sum in every step: terms, and flags that a rank may raise before it.
  package let message: StepMessage
  /// Also compare the replicas every so many steps.
  package var compareEverySteps: UInt64?
  /// The Euclidean norm of the last step's gradient before clipping, if it was measured.
  package private(set) var gradientNorm: Double?
  /// Optimiser steps taken so far.
  package var stepCount: UInt64 = 0 { didSet { collectives.watchdog.progress.begin(step: stepCount + 1) } }
  /// Whether the ranks are to stop, agreed on in every step.
  package let stop: StopAgreement

  /// Collective.
  /// - Parameters:
  ///   - rows: the most rows of a batch on this rank.
  ///   - microBatches: the rows of each of its micro-batches; none where a batch is not split.
  ///   - draws: of the latents of a row in training.
  ///   - optimizerSettings: which optimiser takes the steps.
  /// - Throws: `ConfigurationError` when the model is too large; `BF16.Unavailable`; what the exchange throws.
  package init(
    _ configuration: ModelConfiguration, rows: Int, microBatches: [Range<Int>] = [], draws: Int = 1,
    optimizer optimizerSettings: OptimizerSettings = OptimizerSettings(), collectives: any Collectives,
    exchange settings: ExchangeSettings = ExchangeSettings()
  ) throws {
    var settings = settings
    settings.microBatchesPerRank = microBatches.isEmpty ? nil : microBatches.count
    if optimizerSettings.roundsWeights { try BF16.check() }
    model = try describeModel(configuration)
    let optimizer = try makeDistributedOptimizer(
      settings, optimizerSettings, count: model.memory.parameters.count, collectives: collectives)
    memory = optimizer.memory
    model.memory.allocate(values: memory.values, gradients: memory.gradients)
    if let rounded = memory.optimizer.rounded { model.memory.useBF16(rounded) }
    timer = StepTimer(collectives.watchdog.progress)
    objective = try Self.makePass(model, rows: rows, microBatches: microBatches, draws: draws)
    averaged = try AveragedModel(of: model, memory, optimizerSettings)
    evaluatedModel = try averaged?.model ?? model.inSinglePrecision()
    evaluation = evaluatedModel.makeObjectivePass(rows: Self.evaluationRows)
    message = StepMessage(terms: objective.termSums.count)
    previousStatistics = FloatArena(count: model.memory.runningStatistics.count)
    synchronization = ReplicaSynchronization(
      optimizer, model.memory, isAlone: collectives.worldSize == 1, timer: timer)
    self.collectives = collectives
    stop = StopAgreement(message)
    collectives.watchdog.progress.begin(step: 1)
  }

  static func makePass(
    _ model: any Model, rows: Int, microBatches: [Range<Int>], draws: Int
  ) throws -> any ObjectivePass {
    microBatches.isEmpty
      ? model.makeObjectivePass(rows: max(rows, 1), draws: draws)
      : try MicroBatchObjective(model, rows: microBatches, draws: draws)
  }

  /// Why gradients are exchanged otherwise than configured, as a sentence for people.
  package var warning: String? { synchronization.optimizer.warning }

  /// The gradients that this rank sends to other hosts in a step.
  var traffic: GradientTraffic { synchronization.optimizer.traffic }

  /// How gradients are exchanged, in words.
  package var exchangeSummary: String { synchronization.optimizer.summary }

  /// Initialises all tensors, as `ModelMemory` does. Collective.
  package func initialize(seed: UInt64) throws {
    // Ranks that share weights write the same numbers to the same addresses.
    model.memory.initialize(seed: seed)
    model.memory.roundWeights()
    averaged?.begin(from: model)
    try synchronization.optimizer.fence()
  }

  /// Broadcasts everything that training changes from rank 0. Collective.
  package func broadcastState() throws {
    try synchronization.optimizer.broadcastState()
    model.memory.roundWeights()
    try synchronization.optimizer.fence()
    for model in [model, averaged?.model].compactMap(\.self) {
      try collectives.broadcast(UnsafeMutableRawBufferPointer(model.memory.runningStatistics.buffer), from: 0)
    }
  }

  /// Prepares a checkpoint: rank 0 gets what the exchange keeps on other nodes. Collective.
  func collectResidual() throws { try synchronization.optimizer.collectResidual() }

  /// The terms of the last step, summed over all ranks' rows.
  package var termSums: UnsafeMutableBufferPointer<Double> { message.terms }

  /// One step of all ranks together: gradients of the loss over the global batch, summed over ranks, then the optimiser.
  /// - Parameters:
  ///   - clipNorm: the largest norm of the gradient; a longer one is scaled down to it.
  ///   - measuresNorm: whether to find the gradient's norm although it is not clipped.
  ///   - rows: the rows of the training split in this rank's part of the batch, for the message if a term is not finite.
  /// - Throws: `NonFiniteStep` on all ranks, before weights change, when a loss or gradient is not finite; what the
  ///   exchange and `compare` throw.
  package func step(
    _ batch: Batch, weights: ObjectiveWeights, learningRate: Double, clipNorm: Double? = nil,
    measuresNorm: Bool = false, rows: () -> [Int] = { [] }
  ) throws {
    let statistics = model.memory.runningStatistics
    previousStatistics.base.update(from: statistics.base, count: statistics.count)
    try computeGradients(batch, weights: weights, measuringNorm: clipNorm != nil || measuresNorm)
    if message.ranks(raising: .nonFinite) > 0 {
      statistics.base.update(from: previousStatistics.base, count: statistics.count)
      throw try diagnose(
        batch, weights: weights, terms: namesOfNonFinite(objective.termSums),
        tensor: synchronization.gradientCheck.nonFiniteTensor,
        rows: rows())
    }
    var step = OptimizerStep(number: stepCount + 1, learningRate: learningRate)
    if let clipNorm, let gradientNorm { step.gradientScale = min(1, clipNorm / gradientNorm) }
    try timer.measure(.optimizer) {
      try synchronization.optimizer.update(step)
      averaged?.updateStatistics(from: model, step: stepCount)
    }
    stepCount += 1
    if let compareEverySteps, stepCount % compareEverySteps == 0 { try compare(after: "step \(stepCount)") }
  }

  /// The terms, and the gradients of the loss over the global batch: on every rank with all-reduce, otherwise where the
  /// sharded optimiser stores them.
  package func computeGradients(_ batch: Batch, weights: ObjectiveWeights, measuringNorm: Bool = false) throws {
    synchronization.gradientCheck.begin()
    try timer.measure(.forward) {
      try objective.forward(batch, weights: weights, mode: .training, replicas: synchronization)
    }
    try timer.measure(.backward) { try objective.backward(batch, replicas: synchronization) }
    try timer.measure(.gradientExchange) {
      synchronization.gradientCheck.checkRest()
      let isFinite =
        synchronization.gradientCheck.nonFiniteTensor == nil && objective.termSums.allSatisfy(\.isFinite)
      if !isFinite { message.raise(.nonFinite) }
      message.squaredNorm = try synchronization.optimizer.finishReduction(measuringNorm: measuringNorm)
      try allReduceStepMessage(objective.termSums) { try synchronization.optimizer.sum($0) }
      gradientNorm = measuringNorm ? message.squaredNorm.squareRoot() : nil
    }
  }

  /// Sums terms and flags over all ranks: the one message of a step.
  /// - Parameter sum: how the message is summed.
  /// - Returns: the sums, valid until the next message.
  @discardableResult
  func allReduceStepMessage(
    _ terms: UnsafeMutableBufferPointer<Double>, by sum: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows -> UnsafeMutableBufferPointer<Double> {
    stop.raiseFlag()
    message.prepare(terms)
    try sum(message.values)
    stop.readFlags()
    return message.terms
  }

  /// The most rows that are evaluated at a time, whatever the number of ranks.
  package static let evaluationRows = 64

  /// The terms of rows of this rank alone, in evaluation mode: no exchange.
  /// - Returns: sums over the rows, valid until the next call.
  package func evaluateTerms(
    _ batch: Batch, weights: ObjectiveWeights
  ) throws -> UnsafeMutableBufferPointer<Double> {
    try evaluation.forward(batch, weights: weights, mode: .evaluation, replicas: synchronization)
    return evaluation.termSums
  }

  /// SHA-256 of everything that training changes. Equal on all ranks as long as the replicas are. Collective: what the
  /// ranks of a node share is read once.
  package func digest() throws -> [UInt8] {
    let shared = try synchronization.optimizer.digestOfNode { Self.digest(of: state.shared) }
    return Self.digest(of: state.own, after: shared)
  }

  private static func digest(of arenas: [FloatArena], after digest: [UInt8] = []) -> [UInt8] {
    let hash = SHA256()
    digest.withUnsafeBytes { hash.update($0) }
    for arena in arenas { hash.update(UnsafeRawBufferPointer(arena.buffer)) }
    return hash.digest()
  }
}

extension Replica {
  /// This replica's own state.
  package var state: StateTensors {
    StateTensors(
      model: model.memory, weights: WeightTensors(model.memory), firstMoment: memory.optimizer.firstMoment,
      secondMoment: memory.optimizer.secondMoment, averages: averaged.map { WeightTensors($0.model.memory) },
      residual: memory.residual)
  }
}
