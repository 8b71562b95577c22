internal import DataLoading
package import Kernels
package import Models

/// Estimates log-likelihoods of rows by importance sampling (spec section 4), K draws a row, in blocks: memory depends
/// on the block, not on K or the number of rows.
package final class ImportanceSampler {
  /// Draws made at a time: weights are read for many of them, and the activations of a layer stay in the cache.
  private static let blockDraws = 512

  private let model: any Model
  private let targetSets: [[Int]]
  private let decoded: [Int]
  private let samples: Int
  private let block: Int
  private let proposal: any Proposal
  private let fillNoise: NoiseSource
  private let noise: [FloatArena]
  private let noiseWidths: [Int]
  /// The rows at hand, and the place of the first of them in the split.
  private var observations = Observations([])
  private var firstRow = 0
  private let logWeights: UnsafeMutableBufferPointer<Double>
  /// log p(x_i|z_i) of the draws of a block, one run for each decoded modality.
  private let logLikelihoods: UnsafeMutableBufferPointer<Double>
  private let mixture: MixtureDensity?
  /// log p(z) - log N(z; 0, I) of the shared latents of a block, p being the mixture.
  private let logRatios: UnsafeMutableBufferPointer<Double>

  /// Fills the noise of some draws for one row of the split, `[draws, width]`, of one of the proposal's latents.
  package typealias NoiseSource = (_ noise: Matrix, _ latent: Int, _ draws: Range<Int>, _ row: UInt32) -> Void

  /// - Parameters:
  ///   - given: modalities that the proposal sees.
  ///   - targetSets: sets of modalities whose joint likelihood is estimated from the same draws.
  ///   - samples: K.
  ///   - mixture: estimates under this prior of the shared latent follow those under N(0, I), from the same draws.
  ///   - fillNoise: standard normal numbers, the same for the same draw and row.
  package init(
    _ model: any Model, given: [Int], targetSets: [[Int]], samples: Int, mixture: GaussianMixture? = nil,
    fillNoise: @escaping NoiseSource
  ) {
    self.model = model
    self.mixture = mixture.map(MixtureDensity.init)
    self.fillNoise = fillNoise
    self.targetSets = targetSets
    self.samples = samples
    block = min(samples, Self.blockDraws)
    decoded = Set(targetSets.joined()).sorted()
    proposal = model.makeProposal(given: given, decoded: decoded, rows: RowBlocks.rowCount, draws: block)
    noiseWidths = proposal.noise.map(\.width)
    let block = block
    noise = noiseWidths.map { FloatArena(count: block * $0) }
    logWeights = .allocate(capacity: block)
    logLikelihoods = .allocate(capacity: block * decoded.count)
    logRatios = .allocate(capacity: block)
  }

  /// The same with noise from the seed: a draw is a step of the random stream.
  package convenience init(
    _ model: any Model, given: [Int], targetSets: [[Int]], samples: Int, mixture: GaussianMixture? = nil, seed: UInt64
  ) {
    // Beyond eight modalities two sets may share their noise; each estimate is as good as before.
    let set = given.reduce(UInt16(0)) { $0 ^ (1 << UInt16($1 % 8)) }
    self.init(model, given: given, targetSets: targetSets, samples: samples, mixture: mixture) {
      noise, latent, draws, row in
      RandomStream(seed: seed, purpose: .importanceSampling, part: set << 8 | UInt16(latent))
        .fillNormals(noise, firstStep: UInt64(draws.lowerBound), row: row)
    }
  }

  deinit {
    logWeights.deallocate()
    logLikelihoods.deallocate()
    logRatios.deallocate()
  }

  /// The estimate of every row and target set.
  /// - Parameters:
  ///   - observations, firstRow: see `begin`.
  ///   - report: called with the row (counted from 0) and its estimates; see `estimate(row:)`.
  package func estimate(
    _ observations: Observations, firstRow: Int, report: (_ row: Int, _ estimates: [Double]) -> Void
  ) {
    begin(observations, firstRow: firstRow)
    for row in 0..<observations.rows { report(row, estimate(row: row)) }
  }

  /// Encodes rows.
  /// - Parameters:
  ///   - observations: at most `RowBlocks.rowCount` rows; unchanged until the last of them is estimated.
  ///   - firstRow: the place of the first of them in the split, which decides its random numbers.
  package func begin(_ observations: Observations, firstRow: Int) {
    (self.observations, self.firstRow) = (observations, firstRow)
    proposal.encode(observations)
  }

  /// - Parameter row: of those begun with, counted from 0.
  /// - Returns: one estimate in nats for each target set, then those under the mixture, if there is one. What the row
  ///   lacks is not scored.
  package func estimate(row: Int) -> [Double] { weights(row: row).map(\.value) }

  /// The same, with what tells how far to trust it.
  func weights(row: Int) -> [LogMeanExp] {
    var means = [LogMeanExp](repeating: LogMeanExp(), count: targetSets.count * (mixture == nil ? 1 : 2))
    for start in stride(from: 0, to: samples, by: block) {
      let draws = min(block, samples - start)
      weigh(row, streamRow: UInt32(firstRow + row), draws: start..<start + draws)
      for (set, targets) in targetSets.enumerated() {
        let scored = targets.filter { observations.has($0, row: row) }
        means[set].add((0..<draws).lazy.map { self.logWeight($0, scored) })
        guard mixture != nil else { continue }
        means[targetSets.count + set].add((0..<draws).lazy.map { self.logWeight($0, scored) + self.logRatios[$0] })
      }
    }
    return means
  }

  private func logWeight(_ draw: Int, _ targets: [Int]) -> Double {
    var sum = logWeights[draw]
    for (place, modality) in decoded.enumerated() where targets.contains(modality) {
      sum += logLikelihoods[place * block + draw]
    }
    return sum
  }

  /// Draws one block for one row, decodes it and scores it.
  private func weigh(_ row: Int, streamRow: UInt32, draws: Range<Int>) {
    let matrices = noise.indices.map { noise[$0].matrix(rows: draws.count, columns: noiseWidths[$0]) }
    for (latent, matrix) in matrices.enumerated() { fillNoise(matrix, latent, draws, streamRow) }
    guard let weights = logWeights.baseAddress, let scores = logLikelihoods.baseAddress else { return }
    proposal.draw(row: row, noise: matrices, draws: draws.count, logWeights: weights)
    // The shared latent comes before those of modalities.
    if let mixture, let ratios = logRatios.baseAddress {
      mixture.logRatios(of: proposal.latents(draws: draws.count)[0], into: ratios)
    }
    for (place, modality) in decoded.enumerated() where observations.has(modality, row: row) {
      proposal.score(
        modality, of: observations, row: row, model.likelihood(of: modality), draws: draws.count,
        into: scores + place * block)
    }
  }
}

extension Proposal {
  /// log p(x|z) of one modality of a row, for each draw of the last `draw`.
  /// - Parameter scores: as many as draws, in nats, overwritten.
  func score(
    _ modality: Int, of observations: Observations, row: Int, _ likelihood: Likelihood, draws: Int,
    into scores: UnsafeMutablePointer<Double>
  ) {
    let x = observations.inputs[modality]
    decode(modality, draws: draws) { draws, output in
      likelihood.logProbabilities(
        output: output, x: x.repeating(row: row, count: draws.count), into: scores + draws.lowerBound)
    }
  }
}
