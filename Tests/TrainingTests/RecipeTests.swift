import Communication
import Configuration
import GradientExchange
import Kernels
import Layers
import Models
import Optimizers
import SmallModel
import Testing
import Training

/// Clipping, averages and early stopping of a replica alone.
struct RecipeTests {
  private static let weights = ObjectiveWeights(reconstruction: [1, 1], modality: 1, core: 1)

  private func replica(_ settings: OptimizerSettings = OptimizerSettings()) throws -> Replica {
    let replica = try Replica(
      ModelConfiguration(yaml: smallModel), rows: 4, optimizer: settings, collectives: SingleRank())
    try replica.initialize(seed: 1)
    return replica
  }

  @Test("The norm is that of the gradient, and is measured where it is asked for")
  func norm() throws {
    let replica = try replica()
    let batch = smallBatch(replica.model)
    try replica.step(batch, weights: Self.weights, learningRate: 1e-3)
    #expect(replica.gradientNorm == nil)
    try replica.step(batch, weights: Self.weights, learningRate: 1e-3, measuresNorm: true)
    let expected = replica.memory.gradients.buffer.map { Double($0) * Double($0) }.reduce(0, +).squareRoot()
    #expect(abs(try #require(replica.gradientNorm) - expected) <= 1e-12 * expected)
  }

  @Test("A gradient longer than the limit is scaled down to it, another is left alone")
  func clipping() throws {
    func firstMoment(clipNorm: Double?) throws -> (moment: [Float], norm: Double?) {
      let replica = try replica()
      try replica.step(smallBatch(replica.model), weights: Self.weights, learningRate: 1e-3, clipNorm: clipNorm)
      return (Array(replica.memory.optimizer.firstMoment.buffer), replica.gradientNorm)
    }
    let (plain, _) = try firstMoment(clipNorm: nil)
    let (loose, norm) = try firstMoment(clipNorm: 1e6)
    #expect(loose == plain, "the same bits")
    let limit = try #require(norm) / 4
    let clipped = try firstMoment(clipNorm: limit)
    #expect(clipped.norm == norm, "the norm before clipping")
    for (a, b) in zip(clipped.moment, plain) { #expect(abs(a - b / 4) <= 1e-6 * abs(b)) }
  }

  /// After one step `d = min(decay, 1 / 10)`, and a half from step 9 on.
  @Test("Weights and running statistics are averaged after every step, and evaluation uses the averages")
  func averages() throws {
    var settings = OptimizerSettings()
    settings.averageDecay = 0.5
    let replica = try replica(settings)
    let averaged = replica.evaluatedModel
    func state(_ model: any Model) -> [Double] {
      (Array(model.memory.values.buffer) + Array(model.memory.runningStatistics.buffer)).map { Double($0) }
    }
    var expected = state(replica.model)
    #expect(state(averaged) == expected, "averages begin as the weights")
    let batch = smallBatch(replica.model)
    for step in 0..<12 {
      try replica.step(batch, weights: Self.weights, learningRate: 1e-2)
      let decay = min(0.5, Double(1 + step) / Double(10 + step))
      for (i, value) in state(replica.model).enumerated() { expected[i] = decay * expected[i] + (1 - decay) * value }
    }
    for (found, expected) in zip(state(averaged), expected) {
      #expect(abs(found - expected) < 1e-5 * max(1, abs(expected)))
    }
    #expect(state(averaged) != state(replica.model))

    let terms = Array(try replica.evaluateTerms(batch, weights: Self.weights))
    let pass = averaged.makeObjectivePass(rows: 4)
    try pass.forward(batch, weights: Self.weights, mode: .evaluation, replicas: LoneReplica())
    #expect(terms == Array(pass.termSums))
    #expect(Array(try self.replica().evaluateTerms(batch, weights: Self.weights)) != terms)
  }

  @Test("Training ends when the best epoch is as many epochs back as there is patience, behind the warm-ups")
  func earlyStopping() throws {
    var training = try smallConfiguration(epochs: 100).training
    (training.warmUp.modality, training.warmUp.core) = (3, 5)
    func end(best: Int?) -> Int? {
      (1...100).first { training.stopsEarly(after: $0, bestEpoch: best.map { min($0, 1000) }, stepsPerEpoch: 3) }
    }
    #expect(end(best: 2) == nil, "nobody asked for it")
    training.earlyStoppingPatience = 4
    #expect(end(best: 2) == 9 && end(best: nil) == 9 && end(best: 7) == 11)
    training.schedule.warmUpSteps = 19
    #expect(end(best: 2) == 11, "the rate's warm-up ends in epoch 7")
  }
}
