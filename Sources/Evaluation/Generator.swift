internal import Configuration
internal import DataLoading
package import Kernels
package import Models

/// Decodes latents drawn for what is given, or from the prior: conditional generation, translation, reconstruction and
/// the paper's Figure 4.
package final class Generator {
  /// How latents are drawn.
  package enum Latents: Sendable {
    /// Every latent at the mean of its distribution: one draw, always the same.
    case means
    case random(seed: UInt64)
    /// The shared latent from a mixture instead of N(0, I), all others at random. For nothing given.
    case mixture(LatentMixture, seed: UInt64)

    fileprivate var seed: UInt64? {
      switch self {
      case .means: nil
      case .random(let seed), .mixture(_, let seed): seed
      }
    }
  }

  /// Draws decoded at a time: memory does not grow with their number.
  package static let blockDraws = 64

  private let model: any Model
  private let decoded: [Int]
  private let proposal: any Proposal
  private let latents: Latents
  private let noise: [FloatArena]
  /// The means of a block, for each of `decoded`.
  private let outputs: [FloatArena]

  /// - Parameters:
  ///   - given: indices of the modalities that are known; none for the prior.
  ///   - decoded: indices of the modalities that are wanted.
  package init(_ model: any Model, given: [Int], decoded: [Int], latents: Latents) {
    if case .mixture = latents { precondition(given.isEmpty, "a mixture takes the place of the prior") }
    (self.model, self.decoded, self.latents) = (model, decoded, latents)
    proposal = model.makeProposal(
      given: given.sorted(), decoded: decoded.sorted(), rows: RowBlocks.rowCount, draws: Self.blockDraws)
    noise = proposal.noise.map { FloatArena(count: Self.blockDraws * $0.width) }
    outputs = self.decoded.map { FloatArena(count: Self.blockDraws * model.configuration.modalities[$0].shape.count) }
  }

  /// Says what is given.
  /// - Parameter observations: at most `RowBlocks.rowCount` rows; modalities that are not given are ignored.
  package func encode(_ observations: Observations) { proposal.encode(observations) }

  /// The means of the wanted modalities' distributions.
  /// - Parameters:
  ///   - row: one of the encoded rows.
  ///   - key: decides, with the number of a draw and the seed, its random numbers.
  ///   - draws: at most `blockDraws`.
  /// - Returns: one matrix `[draws, values]` for each of `decoded`; images channels-last. Overwritten by the next call.
  package func means(row: Int, key: Int = 0, draws: Range<Int> = 0..<1) -> [Matrix] {
    precondition(draws.count <= Self.blockDraws, "\(draws.count) draws in a block of \(Self.blockDraws)")
    var logWeights = [Double](repeating: 0, count: draws.count)
    logWeights.withUnsafeMutableBufferPointer {
      guard let weights = $0.baseAddress else { return }
      proposal.draw(row: row, noise: noise(key, draws), draws: draws.count, logWeights: weights)
    }
    return zip(decoded, outputs).map { modality, arena in
      let means = arena.matrix(rows: draws.count, columns: arena.count / Self.blockDraws)
      proposal.decode(modality, draws: draws.count) { means.rows($0).copy(from: $1, keeping: nil) }
      model.likelihood(of: modality).means(means)
      return means
    }
  }

  /// The latents that the last `means` were decoded from, by name: one matrix `[draws, width]` each. Overwritten by the
  /// next call.
  package func latents(draws: Int) -> [(name: String, values: Matrix)] {
    Array(zip(proposal.noise.map(\.name), proposal.latents(draws: draws)))
  }

  private func noise(_ key: Int, _ draws: Range<Int>) -> [Matrix] {
    proposal.noise.enumerated().map { part, description in
      let matrix = noise[part].matrix(rows: draws.count, columns: description.width)
      guard let seed = latents.seed else {
        matrix.fill(0)
        return matrix
      }
      let stream = RandomStream(seed: seed, purpose: .generation, part: UInt16(part))
      for (place, draw) in draws.enumerated() {
        stream.fillNormals(matrix, row: place, at: (step: UInt64(key), row: UInt32(draw)))
        if part == 0, case .mixture(let mixture, _) = latents {
          let uniform = RandomStream(seed: seed, purpose: .mixture, part: 2)
            .uniform(step: UInt64(key), row: UInt32(draw), index: 0)
          mixture.draw(noise: matrix, row: place, uniform: uniform)
        }
      }
      return matrix
    }
  }
}

extension Model {
  /// A row of which nothing is known: what there is to encode where nothing is given.
  var nothingObserved: Observations { Observations(inputs([:])) }

  /// Decodes draws for one observation of each given modality.
  /// - Parameters:
  ///   - modality: what is wanted.
  ///   - given: by index, as the networks see it.
  ///   - mixture: of what the shared latent is drawn where nothing is given; N(0, I) if nil.
  package func generate(
    _ modality: Int, given: [Int: [Float]], count: Int, seed: UInt64, mixture: LatentMixture? = nil
  ) -> Draws {
    let generator = Generator(
      self, given: Array(given.keys), decoded: [modality],
      latents: mixture.map { .mixture($0, seed: seed) } ?? .random(seed: seed))
    generator.encode(Observations(inputs(given)))
    var draws = Draws()
    for start in stride(from: 0, to: count, by: Generator.blockDraws) {
      let block = start..<min(start + Generator.blockDraws, count)
      draws.values += generator.means(row: 0, draws: block)[0].values
      for (name, values) in generator.latents(draws: block.count) { draws.latents[name, default: []] += values.values }
    }
    return draws
  }

  /// One row of every modality; those that are not given are 0, and ignored.
  private func inputs(_ given: [Int: [Float]]) -> [Matrix] {
    configuration.modalities.enumerated().map { index, modality in
      let width = modality.shape.count
      let input = FloatArena(count: width).matrix(rows: 1, columns: width)
      input.fill(0)
      guard let values = given[index] else { return input }
      precondition(values.count == width, "modality \(modality.name) has \(width) values")
      for (i, value) in values.enumerated() { input[0, i] = value }
      return input
    }
  }
}
