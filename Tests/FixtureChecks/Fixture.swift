internal import Configuration
internal import Foundation
internal import Models
internal import Storage

/// A small model with every number that must come out, from a reference implementation in double precision.
package final class Fixture {
  package let path: String
  let file: HDF5File
  let configuration: ModelConfiguration
  let weights: ObjectiveWeights
  /// Rows of its batch.
  let rows: Int

  package init(path: String) throws {
    self.path = path
    file = try HDF5File.open(path)
    let configuration = try ModelConfiguration(yaml: try file.attribute("config"))
    let weights = try JSONDecoder().decode(Weights.self, from: Data(try file.attribute("weights").utf8))
    self.configuration = configuration
    self.weights = ObjectiveWeights(
      reconstruction: configuration.modalities.map { weights.lam[$0.name] ?? .nan }, modality: weights.beta_m,
      core: weights.beta_c)
    rows = try file.readDoubles("keep").shape[0]
  }

  /// Spelled as in the files.
  private struct Weights: Decodable {
    let lam: [String: Double]
    let beta_m: Double
    let beta_c: Double
  }

  /// All fixtures of a folder; every file must be one.
  package static func paths(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".h5") }.sorted().map {
      "\(folder)/\($0)"
    }
  }

  /// The family named in a fixture, which this build may not know yet.
  package static func family(path: String) throws -> String {
    let config = try HDF5File.open(path).attribute("config")
    let object = try JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any]
    return object?["family"] as? String ?? ""
  }

  func floats(_ name: String) throws -> [Float] { try file.readDoubles(name).values.map { Float($0) } }
}
