import Configuration
import Evaluation
import Foundation
import Kernels
import Layers
import Models
import Testing

struct ImportanceSamplerTests {
  /// One draw, one less than a block, a block, one more, two blocks and a rest.
  private static let sampleCounts = [1, 511, 512, 513, 1500]

  private func estimate(
    _ model: any Model, given: [Int], _ targetSets: [[Int]], samples: Int, mixture: GaussianMixture? = nil,
    _ rows: [[Float]]...
  ) -> [[Double]] {
    let inputs = rows.map { rows in
      let matrix = FloatArena(count: rows.count * rows[0].count).matrix(rows: rows.count, columns: rows[0].count)
      for (r, row) in rows.enumerated() {
        for (c, value) in row.enumerated() { matrix[r, c] = value }
      }
      return matrix
    }
    var found: [[Double]] = []
    ImportanceSampler(model, given: given, targetSets: targetSets, samples: samples, mixture: mixture, seed: 1)
      .estimate(
        Observations(inputs), firstRow: 10
      ) { row, estimates in
        #expect(row == found.count)
        found.append(estimates)
      }
    return found
  }

  /// x = w z + b + noise of variance e^s with z standard normal, so that x is Gaussian and so is its posterior, which the
  /// encoder is made to give. Then every draw weighs p(x), however many there are.
  @Test("A linear Gaussian model whose encoder is exact has no Monte Carlo error", arguments: sampleCounts)
  func exactPosterior(samples: Int) throws {
    let model = try linearModel()
    for found in estimate(model, given: [0], [[0]], samples: samples, Self.observed).enumerated() {
      let expected = Self.logDensity(Self.observed[found.offset])
      // Single precision of numbers up to 10.
      #expect(abs(found.element[0] - expected) < 1e-5, "found \(found.element), expected \(expected)")
    }
  }

  /// A single value of p(x|z) has a standard deviation of about its mean's size here, so that K = 20 000 leaves 1 %.
  @Test("Drawn from the prior, the estimate has its Monte Carlo error around the same density")
  func priorDraws() throws {
    for (row, found) in estimate(try linearModel(), given: [], [[0]], samples: 20_000, Self.observed).enumerated() {
      let expected = Self.logDensity(Self.observed[row])
      #expect(abs(found[0] - expected) < 0.05, "found \(found), expected \(expected)")
    }
  }

  /// From the posterior under N(0, 1), whose deviation is 0.32, draws weigh within a factor of two under the components.
  @Test("Estimates under a mixture follow those under N(0, 1): the weighted sum of its components' densities")
  func underMixture() throws {
    let (means, deviations, weights) = ([-0.5, 0.75], [0.8, 1.25], [0.3, 0.7])
    let mixture = GaussianMixture(
      dimensions: 1,
      components: (0..<2).map {
        GaussianMixture.Component(weight: weights[$0], mean: [means[$0]], factor: [deviations[$0]])
      })
    for given in [[0], []] {
      let all = estimate(
        try linearModel(), given: given, [[0]], samples: 20_000, mixture: mixture, Self.observed)
      for (row, found) in all.enumerated() {
        let densities = (0..<2).map {
          weights[$0] * exp(Self.logDensity(Self.observed[row], mean: means[$0], deviation: deviations[$0]))
        }
        let (standard, expected) = (Self.logDensity(Self.observed[row]), log(densities[0] + densities[1]))
        #expect(abs(standard - expected) > 0.1, "the mixture would go unnoticed")
        #expect(found.count == 2 && abs(found[0] - standard) < 0.05, "found \(found), expected \(standard)")
        #expect(abs(found[1] - expected) < 0.05, "found \(found), expected \(expected)")
      }
    }
  }

  /// The shared latent has three dimensions, and the mixture's second component is far from all draws.
  @Test(
    "A mixture that is N(0, I) changes no estimate, in any family, for any given and target modalities",
    arguments: ["mhvae", "mhvae, top-down", "jmvae", "mvae"], [1, 65, 513])
  func standardMixture(family: String, samples: Int) throws {
    let model = try smallTrainedModel(family)
    let (identity, zeros) = ([1.0, 0, 0, 0, 1, 0, 0, 0, 1], [0.0, 0, 0])
    let mixture = GaussianMixture(
      dimensions: 3,
      components: [
        GaussianMixture.Component(weight: 1 - 1e-12, mean: zeros, factor: identity),
        GaussianMixture.Component(weight: 1e-12, mean: [9, 0, -9], factor: identity),
      ])
    for given in [[], [0], [1, 2], [0, 1, 2]] {
      let found = estimate(
        model, given: given, [[0, 1, 2], [1], [0]], samples: samples, mixture: mixture,
        [[Float](repeating: 0.25, count: 12)], [[0, 1, 0]], [[1, 0]])[0]
      #expect(found.count == 6)
      for set in 0..<3 { #expect(abs(found[set] - found[3 + set]) < 1e-9, "\(given), set \(set): \(found)") }
    }
  }

  /// z of two dimensions that depend on each other: x = z + noise, so that x is N(m, L Lᵀ + e^s I).
  @Test("A mixture's covariance counts as a whole")
  func correlatedMixture() throws {
    let model = try makeModel(
      ModelConfiguration(
        yaml: """
          family: mvae
          latent: 2
          modalities:
            - {name: x, shape: [2], likelihood: gaussian, scale: learned, encoder: [{linear: 2}], decoder: [{linear: 2}]}
          """))
    let s = log(0.5)
    model.set("modality.x.encoder.0.linear.weight", [1, 0, 0, 1])
    model.set("modality.x.posterior.mean.weight", [1, 0, 0, 1])
    model.set("modality.x.posterior.logvar.bias", [0, 0])
    model.set("modality.x.decoder.0.linear.weight", [1, 0, 0, 1])
    model.set("modality.x.likelihood.logvar", [Float(s)])
    let mixture = GaussianMixture(
      dimensions: 2, components: [GaussianMixture.Component(weight: 1, mean: [0.5, -0.5], factor: [0.9, 0, 0.7, 0.4])])
    let observed: [[Float]] = [[1, 0.5], [0.25, -1]]
    // L Lᵀ = [0.81, 0.63; 0.63, 0.65].
    let (a, b, c) = (0.81 + 0.5, 0.63, 0.65 + 0.5)
    for (row, found) in estimate(model, given: [0], [[0]], samples: 50_000, mixture: mixture, observed).enumerated() {
      let (x, y) = (Double(observed[row][0]) - 0.5, Double(observed[row][1]) + 0.5)
      let determinant = a * c - b * b
      let expected =
        -log(2 * .pi) - 0.5 * log(determinant) - 0.5 * (c * x * x - 2 * b * x * y + a * y * y) / determinant
      #expect(abs(found[1] - expected) < 0.05, "found \(found), expected \(expected)")
    }
  }

  private static let (w, b, s): ([Double], [Double], Double) = ([0.75, -1.5], [0.3, -0.2], -1.13)
  private static let observed: [[Float]] = [[0.5, 0.25], [1.5, -2], [-0.75, 1]]

  private func linearModel() throws -> any Model {
    let model = try makeModel(
      ModelConfiguration(
        yaml: """
          family: mvae
          latent: 1
          modalities:
            - {name: x, shape: [2], likelihood: gaussian, scale: learned, encoder: [{linear: 2}], decoder: [{linear: 2}]}
          """))
    let (w, b) = (Self.w.map { Float($0) }, Self.b.map { Float($0) })
    // The expert beside the prior: q(z|x) ∝ N(z; 0, 1) N(z; w·(x - b) / |w|², e^s / |w|²).
    let square = w[0] * w[0] + w[1] * w[1]
    model.set("modality.x.encoder.0.linear.weight", [1, 0, 0, 1])
    model.set("modality.x.encoder.0.linear.bias", [0, 0])
    model.set("modality.x.posterior.mean.weight", [w[0] / square, w[1] / square])
    model.set("modality.x.posterior.mean.bias", [-(w[0] * b[0] + w[1] * b[1]) / square])
    model.set("modality.x.posterior.logvar.weight", [0, 0])
    model.set("modality.x.posterior.logvar.bias", [Float(Self.s) - log(square)])
    model.set("modality.x.decoder.0.linear.weight", w)
    model.set("modality.x.decoder.0.linear.bias", b)
    model.set("modality.x.likelihood.logvar", [Float(Self.s)])
    return model
  }

  /// log N(x; w m + b, v² w wᵀ + e^s I), in two dimensions: z has the mean m and the deviation v.
  private static func logDensity(_ x: [Float], mean: Double = 0, deviation: Double = 1) -> Double {
    let w = w.map { $0 * deviation }
    let d = x.indices.map { Double(x[$0]) - b[$0] - Self.w[$0] * mean }
    let (variance, square) = (exp(s), w[0] * w[0] + w[1] * w[1])
    let along = w[0] * d[0] + w[1] * d[1]
    let distance = (d[0] * d[0] + d[1] * d[1] - along * along / (variance + square)) / variance
    return -0.5 * (2 * log(2 * .pi) + log(variance * (variance + square)) + distance)
  }

  @Test("Blocks of draws are those that one block of all of them would be", arguments: sampleCounts)
  func blocks(samples: Int) throws {
    let model = try smallTrainedModel()
    // Draws of the same weight would hide which ones they are.
    for modality in ["image", "label", "switches"] {
      let weight = try #require(
        model.memory.parameters.descriptor(named: "modality.\(modality).decoder.0.linear.weight"))
      for i in 0..<weight.slice.count { model.memory.value(weight.slice)[i] *= 4 }
    }
    let rows: ([[Float]], [[Float]], [[Float]]) = (
      [[Float](repeating: 0.25, count: 12)], [[0, 1, 0]], [[1, 0]]
    )
    let found = estimate(model, given: [0], [[0, 1, 2], [1]], samples: samples, rows.0, rows.1, rows.2)[0]

    let proposal = model.makeProposal(given: [0], decoded: [0, 1, 2], rows: 1, draws: samples)
    let inputs = [rows.0, rows.1, rows.2].map { row in
      let matrix = FloatArena(count: row[0].count).matrix(rows: 1, columns: row[0].count)
      for (c, value) in row[0].enumerated() { matrix[0, c] = value }
      return matrix
    }
    proposal.encode(Observations(inputs))
    let noise = proposal.noise.enumerated().map { part, latent in
      let matrix = FloatArena(count: samples * latent.width).matrix(rows: samples, columns: latent.width)
      // Given set 1 << 0, then the latent; the draw is the step, the row of the split the row.
      RandomStream(seed: 1, purpose: .importanceSampling, part: 1 << 8 | UInt16(part))
        .fillNormals(matrix, firstStep: 0, row: 10)
      return matrix
    }
    var weights = [Double](repeating: 0, count: samples)
    proposal.draw(row: 0, noise: noise, draws: samples, logWeights: &weights)
    var scores = [[Double]](repeating: weights, count: 3)
    for modality in 0..<3 {
      proposal.decode(modality, draws: samples) { draws, output in
        scores[modality].withUnsafeMutableBufferPointer {
          model.likelihood(of: modality).logProbabilities(
            output: output, x: inputs[modality].repeating(row: 0, count: draws.count),
            into: $0.baseAddress! + draws.lowerBound)
        }
      }
    }
    func logMean(_ targets: [Int]) -> Double {
      let values = weights.indices.map { i in targets.reduce(weights[i]) { $0 + scores[$1][i] } }
      let peak = values.max()!
      return peak + log(values.reduce(0) { $0 + exp($1 - peak) } / Double(samples))
    }
    // Products of other sizes round otherwise; other draws change the estimates of 512 by 1e-2 or so.
    #expect(abs(found[0] - logMean([0, 1, 2])) < 2e-5)
    #expect(abs(found[1] - logMean([1])) < 2e-5)
  }
}
