internal import Configuration
internal import DataLoading
internal import Kernels
package import Models
package import Storage

/// A Gaussian mixture in the place of N(0, I), for draws from the prior: what the posteriors of training rows are together.
package struct LatentMixture: Sendable {
  package let mixture: GaussianMixture
  /// What it was fitted to.
  package let fit: Fit?

  package struct Fit: Sendable {
    /// Training rows.
    package let rows: Int
    /// Mean log densities of their draws, in nats: under the mixture, and under N(0, I).
    package let logDensity: Double
    package let standardLogDensity: Double
  }

  package init(_ mixture: GaussianMixture) { (self.mixture, fit) = (mixture, nil) }

  /// Draws the latent that all modalities share, once for every training row, and fits a mixture to the draws.
  /// - Parameter components: of the mixture.
  /// - Throws: `EvaluationError` when there are no more rows than components, or a posterior is not finite; what reading
  ///   the data throws.
  package init(
    _ model: any Model, _ dataset: borrowing PackedDataset, components: Int, seed: UInt64
  ) throws {
    let rows = dataset.rowCount(of: .train)
    guard rows > components else {
      throw EvaluationError(
        "\(dataset.path) has \(rows) training rows, too few for a mixture of \(components); name fewer --components")
    }
    let points = try Self.draws(model, dataset, seed: seed)
    guard points.allSatisfy(\.isFinite) else {
      throw EvaluationError("posteriors of training rows are not finite: the model has diverged")
    }
    let dimensions = points.count / rows
    mixture = GaussianMixture.fit(points, dimensions: dimensions, components: components, seed: seed)
    fit = Fit(
      rows: rows, logDensity: mixture.meanLogDensity(points),
      standardLogDensity: GaussianMixture.standard(dimensions).meanLogDensity(points))
  }

  /// Of every row one draw: means alone would leave out how wide posteriors are.
  private static func draws(
    _ model: any Model, _ dataset: borrowing PackedDataset, seed: UInt64
  ) throws -> [Double] {
    let all = Array(model.configuration.modalities.indices)
    let proposal = model.makeProposal(given: all, decoded: [], rows: RowBlocks.rowCount, draws: 1)
    let stream = RandomStream(seed: seed, purpose: .mixture, part: 1)
    let width = proposal.noise[0].width
    let (noise, z) = (FloatArena(count: width), FloatArena(count: width))
    var points: [Double] = []
    try model.forEachBlock(of: 0..<dataset.rowCount(of: .train), .train, dataset) { firstRow, block in
      proposal.encode(block)
      // The shared latent comes before those of modalities.
      guard let posterior = proposal.posteriors.first?.distribution else { return }
      for row in 0..<block.rows {
        let (noise, z) = (noise.matrix(rows: 1, columns: width), z.matrix(rows: 1, columns: width))
        stream.fillNormals(noise, row: 0, at: (step: 0, row: UInt32(firstRow + row)))
        posterior.repeating(row: row, count: 1).sample(noise: noise, into: z)
        points += z.values.map(Double.init)
      }
    }
    return points
  }

  /// Replaces the standard normal noise of one draw by a draw from the mixture.
  func draw(noise: Matrix, row: Int, uniform: Float) {
    var values = noise.rows(row..<row + 1).values.map(Double.init)
    mixture.draw(uniform: Double(uniform), noise: &values)
    for (column, value) in values.enumerated() { noise[row, column] = Float(value) }
  }
}
