import Configuration
import FixtureChecks
import Kernels
import Layers
import Models
import TestSupport
import Testing

/// What an MHVAE draws z_i from, and how many draws a row has.
struct Bound: Sendable, CustomTestStringConvertible {
  let posterior: String
  let draws: Int
  var testDescription: String { "\(posterior), \(draws) draws" }

  static let all = [Bound(posterior: "top_down", draws: 1)] + weighted
  static let weighted = ["encoder", "top_down"].map { Bound(posterior: $0, draws: 3) }
}

/// Top-down posteriors and importance-weighted bounds. Fixtures compare them with automatic differentiation; what is here
/// holds for networks and likelihoods that no fixture has.
struct BoundTests {
  private func batch(_ model: any Model, draws: Int, hasGaps: Bool) -> Batch {
    SmallFamilies.batch(model, draws: draws) { row, modality in
      hasGaps && (modality == 1 ? row % 4 == 1 : row % 4 == 2)
    }
  }

  private func loss(
    _ model: any Model, _ batch: Batch, _ pass: any ObjectivePass, weights: ObjectiveWeights = SmallFamilies.weights
  ) throws -> Double {
    try pass.forward(batch, weights: weights, mode: .training, replicas: Alone())
    return model.loss(terms: UnsafeBufferPointer(pass.termSums), weights: weights) / Double(SmallFamilies.rows)
  }

  /// With several draws encoders get an estimate that is no derivative of the bound at this noise.
  @Test(
    "Gradients agree with central differences, those of encoders with one draw", arguments: Bound.all, [false, true])
  func gradients(bound: Bound, hasGaps: Bool) throws {
    for vector in ["gaussian, scale: learned", "negative_binomial, rate: exp, exposure: total"] {
      let model = try SmallFamilies.model("mhvae", vector: vector, posterior: bound.posterior)
      let pass = model.makeObjectivePass(rows: SmallFamilies.rows, draws: bound.draws)
      let batch = batch(model, draws: bound.draws, hasGaps: hasGaps)
      _ = try loss(model, batch, pass)
      try pass.backward(batch, replicas: Alone())
      let (values, gradients) = (model.memory.values, model.memory.gradients.buffer.map(Double.init))
      var numbers = Numbers(seed: 3)
      for tensor in model.memory.parameters.descriptors {
        let isEncoder = tensor.name.contains("encoder") || tensor.name.contains("posterior")
        if isEncoder && bound.draws > 1 { continue }
        let range = tensor.slice.offset..<tensor.slice.offset + tensor.slice.count
        let norm = gradients[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
        // Leaning towards the gradient, so that a long one is not almost at right angles to the direction.
        let leaning = zip(numbers.unitVector(range.count), gradients[range]).map { 0.7 * $0 + $1 / max(norm, 1e-3) }
        let length = leaning.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let start = Array(values.buffer[range])
        func along(_ t: Double) throws -> Double {
          for (i, place) in range.enumerated() { values.base[place] = start[i] + Float(t * leaning[i] / length) }
          return try loss(model, batch, pass)
        }
        let step = 1e-3
        let numeric = (try along(step) - along(-step)) / (2 * step)
        _ = try along(0)
        let analytic = zip(gradients[range], leaning).reduce(0) { $0 + $1.0 * $1.1 / length }
        // Rounding of the loss over the step is 1e-3; the third derivative adds its share.
        #expect(
          abs(numeric - analytic) <= 0.02 * norm + 2e-3,
          "\(vector), \(tensor.name): numeric \(numeric), analytic \(analytic)")
      }
    }
  }

  @Test("The backward pass marks every gradient as ready once, when it is final", arguments: Bound.all)
  func readiness(bound: Bound) throws {
    let model = try SmallFamilies.model("mhvae", posterior: bound.posterior)
    let batch = batch(model, draws: bound.draws, hasGaps: true)
    let check = try ReadinessCheck(model, batch, SmallFamilies.weights, draws: bound.draws)
    #expect(check.failures.isEmpty, "\(check.failures.joined(separator: "\n"))")
  }

  /// v is 1/K then: decoders get the gradient of one draw, encoders, which get Σ v², a K-th of it.
  @Test("Equal draws gain nothing, whatever their number", arguments: Bound.weighted)
  func equalDraws(bound: Bound) throws {
    let weights = ObjectiveWeights(reconstruction: [1, 1.5], modality: 1, core: 1)
    var found: [(loss: Double, gain: Double, gradients: [Float])] = []
    let model = try SmallFamilies.model("mhvae", posterior: bound.posterior)
    for draws in [2, 4] {
      let batch = batch(model, draws: draws, hasGaps: true)
      let one = self.batch(model, draws: 1, hasGaps: true)
      for (noise, first) in zip(batch.noise, one.noise) {
        for k in 0..<draws {
          noise.columns(k * first.columns..<(k + 1) * first.columns).copy(from: first, keeping: nil)
        }
      }
      let pass = model.makeObjectivePass(rows: SmallFamilies.rows, draws: draws)
      let loss = try loss(model, batch, pass, weights: weights)
      try pass.backward(batch, replicas: Alone())
      found.append((loss, pass.termSums[pass.termSums.count - 1], Array(model.memory.gradients.buffer)))
    }
    #expect(found.allSatisfy { abs($0.gain) < 1e-4 }, "\(found.map(\.gain))")
    #expect(abs(found[0].loss - found[1].loss) < 1e-5 * abs(found[0].loss))
    for tensor in model.memory.parameters.descriptors {
      let range = tensor.slice.offset..<tensor.slice.offset + tensor.slice.count
      let isEncoder = tensor.name.contains("encoder") || tensor.name.contains("posterior")
      let largest = found[0].gradients[range].map(abs).max() ?? 0
      for place in range {
        let (two, four) = (found[0].gradients[place], found[1].gradients[place] * (isEncoder ? 2 : 1))
        #expect(abs(two - four) <= 1e-4 * largest + 1e-6, "\(tensor.name)")
      }
    }
  }

  @Test("The posterior that is reported is what z_i is drawn from at the mean of z_c")
  func reportedPosterior() throws {
    let model = try SmallFamilies.model("mhvae", posterior: "top_down")
    let inputs = SmallFamilies.batch(model).inputs
    let proposal = model.makeProposal(given: [0, 1], decoded: [0], rows: SmallFamilies.rows, draws: 2)
    proposal.encode(Observations(inputs))
    let reported = proposal.posteriors.map { $0.distribution.mean.rows(5..<6).values }
    let noise = proposal.noise.map { FloatArena(count: 2 * $0.width).matrix(rows: 2, columns: $0.width) }
    var weights = [Double](repeating: 0, count: 2)
    proposal.draw(row: 5, noise: noise, draws: 2, logWeights: &weights)
    let drawn = proposal.latents(draws: 2).map { $0.rows(1..<2).values }
    #expect(reported.count == 3)
    for (one, other) in zip(reported.joined(), drawn.joined()) { #expect(abs(one - other) < 1e-5) }
    let encoder = try SmallFamilies.model("mhvae").makeProposal(
      given: [0, 1], decoded: [], rows: SmallFamilies.rows, draws: 1)
    encoder.encode(Observations(inputs))
    #expect(encoder.posteriors[1].distribution.mean.rows(5..<6).values != reported[1])
  }
}
