package import Communication
internal import Configuration
internal import DataLoading
internal import Foundation
internal import Hashing
internal import Kernels
package import Models
package import Storage

/// A Gaussian mixture in the place of N(0, I), for draws from the prior: what the posteriors of training rows are together.
package struct LatentMixture: Codable, Sendable {
  package let mixture: GaussianMixture
  /// What it was fitted to.
  package let fit: Fit?

  package struct Fit: Codable, Equatable, Sendable {
    package let components: Int
    /// Training rows.
    package let rows: Int
    /// Mean log densities of their draws, in nats: under the mixture, and under N(0, I).
    package let logDensity: Double
    package let standardLogDensity: Double

    package init(components: Int, rows: Int, logDensity: Double, standardLogDensity: Double) {
      (self.components, self.rows) = (components, rows)
      (self.logDensity, self.standardLogDensity) = (logDensity, standardLogDensity)
    }

    package enum CodingKeys: String, CodingKey {
      case components, rows
      case logDensity = "log_density"
      case standardLogDensity = "standard_log_density"
    }

    /// For people.
    package var text: String {
      "latents of \(rows) training rows: mean log density \(logDensity.formatted(digits: 2)) nats under "
        + "\(components) Gaussian\(components == 1 ? "" : "s"), \(standardLogDensity.formatted(digits: 2)) under N(0, I)"
    }
  }

  /// What a fit is doing.
  package enum Stage: String {
    case encoding = "encoding training rows"
    case fitting = "fitting Gaussians"
  }

  package typealias Progress = (_ stage: Stage, _ done: Int, _ total: Int) -> Void

  package init(_ mixture: GaussianMixture) { (self.mixture, fit) = (mixture, nil) }

  /// Draws the latent that all modalities share, once for every training row, and fits a mixture to the draws.
  /// - Parameters:
  ///   - components: of the mixture.
  ///   - progress: called now and then. A fit may end before its total.
  /// - Throws: `EvaluationError` when there are no more rows than components, or a posterior is not finite; what reading
  ///   the data throws.
  package init(
    _ model: any Model, _ dataset: borrowing PackedDataset, components: Int, seed: UInt64,
    progress: Progress = { _, _, _ in }
  ) throws {
    let rows = dataset.rowCount(of: .train)
    guard rows > components else {
      throw EvaluationError(
        "\(dataset.path) has \(rows) training rows, too few for a mixture of \(components) Gaussians; name fewer")
    }
    let points = try Self.draws(model, dataset, seed: seed) { progress(.encoding, $0, rows) }
    guard points.allSatisfy(\.isFinite) else {
      throw EvaluationError("posteriors of training rows are not finite: the model has diverged")
    }
    let dimensions = points.count / rows
    mixture = GaussianMixture.fit(points, dimensions: dimensions, components: components, seed: seed) {
      progress(.fitting, $0, $1)
    }
    fit = Fit(
      components: components, rows: rows, logDensity: mixture.meanLogDensity(points),
      standardLogDensity: GaussianMixture.standard(dimensions).meanLogDensity(points))
  }

  /// Rank 0's, on every rank. Collective.
  /// - Parameter own: only rank 0's counts.
  package static func broadcast(_ own: LatentMixture?, _ collectives: any Collectives) throws -> LatentMixture {
    let json = try own.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    return try JSONDecoder().decode(Self.self, from: Data(collectives.broadcast(text: json ?? "", from: 0).utf8))
  }

  /// SHA-256 of what decides densities.
  var digest: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return hexadecimal(SHA256.digest(of: Array(try encoder.encode(mixture))))
    }
  }

  /// Of every row one draw: means alone would leave out how wide posteriors are.
  private static func draws(
    _ model: any Model, _ dataset: borrowing PackedDataset, seed: UInt64, progress: (_ rows: Int) -> Void
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
      progress(firstRow + block.rows)
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
