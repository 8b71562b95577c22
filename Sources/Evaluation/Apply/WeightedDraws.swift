internal import DataLoading
internal import Foundation
internal import Kernels
internal import Models

/// Draws of latents for one row, weighted by how well they explain what is given (self-normalised importance sampling):
/// `v_k ∝ p(latents) p(x_S | latents) / q(latents | x_S)`, which add up to 1. Memory holds K weights and a block of draws.
///
/// The draws of a latent depend on seed, row and draw alone, and not on what else is decoded.
final class WeightedDraws {
  /// Draws made at a time.
  private static let blockDraws = 512

  private let model: any Model
  private let given: [Int]
  private let samples: Int
  private let block: Int
  private let proposal: any Proposal
  private let seed: UInt64
  private let noise: [FloatArena]
  private var observations = Observations([])
  private var firstRow = 0
  private var row = 0
  private(set) var weights: [Double] = []
  private var scores: [Double]

  /// - Parameters:
  ///   - given: modalities that propose and weigh.
  ///   - decoded: those that `decode` decodes.
  ///   - samples: K.
  init(_ model: any Model, given: [Int], decoded: [Int], samples: Int, seed: UInt64) {
    (self.model, self.given, self.samples, self.seed) = (model, given, samples, seed)
    block = min(samples, Self.blockDraws)
    proposal = model.makeProposal(
      given: given, decoded: Set(given + decoded).sorted(), rows: RowBlocks.rowCount, draws: block)
    let block = block
    noise = proposal.noise.map { FloatArena(count: block * $0.width) }
    scores = [Double](repeating: 0, count: block)
  }

  func begin(_ observations: Observations, firstRow: Int) {
    (self.observations, self.firstRow) = (observations, firstRow)
    proposal.encode(observations)
  }

  /// Draws for one row and weighs.
  /// - Returns: the effective sample size of the weights.
  func weigh(row: Int) -> Double {
    self.row = row
    weights.removeAll(keepingCapacity: true)
    let seen = given.filter { observations.has($0, row: row) }
    forEachBlock { _, logWeights in
      for modality in seen {
        proposal.score(
          modality, of: observations, row: row, model.likelihood(of: modality), draws: logWeights.count, into: &scores)
        for draw in logWeights.indices { logWeights[draw] += scores[draw] }
      }
      weights += logWeights
    }
    return normalize()
  }

  /// Makes weights of their logarithms.
  private func normalize() -> Double {
    let peak = weights.max() ?? 0
    for draw in weights.indices { weights[draw] = exp(weights[draw] - peak) }
    let sum = weights.reduce(0, +)
    var squares = 0.0
    for draw in weights.indices {
      weights[draw] /= sum
      squares += weights[draw] * weights[draw]
    }
    return 1 / squares
  }

  /// Decodes the weighted draws of the last row, some at a time and in their order.
  /// - Parameter read: called with the place of a modality in `modalities`, draws, and what its decoder makes of them.
  func decode(_ modalities: [Int], reading read: (_ place: Int, _ draws: Range<Int>, _ output: Matrix) -> Void) {
    forEachBlock { first, logWeights in
      for (place, modality) in modalities.enumerated() {
        proposal.decode(modality, draws: logWeights.count) { draws, output in
          read(place, first + draws.lowerBound..<first + draws.upperBound, output)
        }
      }
    }
  }

  private func forEachBlock(_ body: (_ first: Int, _ logWeights: inout [Double]) -> Void) {
    for first in stride(from: 0, to: samples, by: block) {
      let draws = min(block, samples - first)
      let matrices = proposal.noise.enumerated().map { place, latent in
        let matrix = noise[place].matrix(rows: draws, columns: latent.width)
        RandomStream(seed: seed, purpose: .prediction, part: RandomPart.latent(latent.modality).number)
          .fillNormals(matrix, firstStep: UInt64(first), row: UInt32(firstRow + row))
        return matrix
      }
      var logWeights = [Double](repeating: 0, count: draws)
      logWeights.withUnsafeMutableBufferPointer {
        guard let base = $0.baseAddress else { return }
        proposal.draw(row: row, noise: matrices, draws: draws, logWeights: base)
      }
      body(first, &logWeights)
    }
  }

  /// Which of the draws stand for all, each as often as its weight says: systematic resampling. Ascending.
  func resample(_ count: Int, for part: RandomPart) -> [Int] {
    var random = RandomSequence(
      RandomStream(seed: seed, purpose: .prediction, part: part.number), step: 0, row: UInt32(firstRow + row))
    let start = random.uniform()
    var (sum, draw) = (weights[0], 0)
    return (0..<count).map { place in
      let target = (start + Double(place)) / Double(count)
      // What is not a number is never below the target.
      while sum < target && draw < weights.count - 1 {
        draw += 1
        sum += weights[draw]
      }
      return draw
    }
  }

  /// The random numbers with which the `place`-th prediction of this row is drawn.
  func random(_ part: RandomPart, place: Int) -> RandomSequence {
    RandomSequence(
      RandomStream(seed: seed, purpose: .prediction, part: part.number), step: UInt64(1 + place),
      row: UInt32(firstRow + row))
  }
}
