package import Configuration
internal import Foundation
internal import Models
internal import Storage

/// A small model with every number that must come out, from a reference implementation in double precision.
package final class Fixture {
  package let path: String
  let file: HDF5File
  package let configuration: ModelConfiguration
  let weights: ObjectiveWeights
  /// Draws of the latents for each row.
  let draws: Int
  /// Rows of its batch.
  let rows: Int

  package init(path: String) throws {
    self.path = path
    file = try HDF5File.open(path)
    var configuration = try ModelConfiguration(yaml: try file.attribute("config"))
    let weights = try JSONDecoder().decode(Weights.self, from: Data(try file.attribute("weights").utf8))
    if var family = configuration.family as? JMVAEConfiguration {
      family.alpha = weights.alpha ?? .nan
      configuration.family = family
    }
    self.configuration = configuration
    self.weights = ObjectiveWeights(
      reconstruction: configuration.modalities.map { weights.reconstruction[$0.name] ?? .nan },
      modality: weights.modality,
      core: weights.core)
    draws = weights.draws ?? 1
    rows = try file.readDoubles("inputs/\(configuration.modalities[0].name)").shape[0]
  }

  private struct Weights: Decodable {
    let reconstruction: [String: Double]
    let modality: Double
    let core: Double
    /// Of JMVAE only.
    let alpha: Double?
    /// Of the importance-weighted bound only.
    let draws: Int?

    enum CodingKeys: String, CodingKey {
      case reconstruction = "lam"
      case modality = "beta_m"
      case core = "beta_c"
      case alpha, draws
    }
  }

  /// `MHVAE_FIXTURES`, or those that come with the tests.
  package static var folder: String {
    ProcessInfo.processInfo.environment["MHVAE_FIXTURES"]
      ?? Bundle.module.resourceURL?.appending(path: "Fixtures").path ?? "Fixtures"
  }

  /// All fixtures of a folder; every file must be one.
  package static func paths(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".h5") }.sorted().map {
      "\(folder)/\($0)"
    }
  }

  func floats(_ name: String) throws -> [Float] { try file.readDoubles(name).values.map { Float($0) } }
}

/// A fixture that does not fit the model it is compared with.
struct FixtureError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
