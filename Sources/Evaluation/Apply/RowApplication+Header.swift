internal import Configuration
internal import DataLoading
internal import Foundation
internal import Models
internal import Runs
internal import Storage

extension RowApplication {
  /// Says what is computed, to recognise it when it is continued.
  var header: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      let segments = (reference.map { [$0] } ?? []) + segments
      return try encoder.encode(
        Subject(
          model: trained.model.digest, data: data.dataset.fingerprint, given: request.given, targets: request.targets,
          samples: request.samples, draws: request.draws, seed: request.seed,
          segments: segments.map {
            Subject.Segment(
              data: $0.data.dataset.fingerprint, split: $0.split.rawValue, rows: $0.rowCount, unitRows: $0.unitRows,
              columns: $0.columns.map { "\($0.path) \($0.shape) \($0.type.rawValue)" })
          }))
    }
  }

  private struct Subject: Encodable {
    struct Segment: Encodable {
      let data: String
      let split: String
      let rows: Int
      let unitRows: Int
      let columns: [String]
    }

    /// The layout of the records.
    var version = 1
    let model: String
    let data: String
    let given: [Int]?
    let targets: [Int]?
    let samples: Int
    let draws: Int
    let seed: UInt64
    let segments: [Segment]
  }

  /// Adds to a file what its rows were made from.
  func setAttributes(of file: borrowing HDF5File) throws(StorageError) {
    let names = trained.configuration.model.modalities.map(\.name)
    try file.setAttribute("format", to: "mhvae-dist rows")
    try file.setAttribute("format_version", to: 1)
    try file.setAttribute("name", to: trained.configuration.name)
    try file.setAttribute("epoch", to: trained.epoch)
    try file.setAttribute("data_fingerprint", to: data.dataset.fingerprint)
    try file.setAttribute("is_training_data", to: isTrainingData ? 1 : 0)
    try file.setAttribute("splits", to: segments.map(\.split.rawValue))
    try file.setAttribute("split_rows", to: segments.map(\.rowCount))
    try file.setAttribute("given", to: (request.given ?? Array(names.indices)).map { names[$0] })
    if let targets = request.targets { try file.setAttribute("target", to: targets.map { names[$0] }) }
    if let quantity { try file.setAttribute("quantity", to: quantity) }
    try file.setAttribute("samples", to: request.samples)
    try file.setAttribute("seed", to: Int(clamping: request.seed))
    if let reference { try file.setAttribute("percentile_rows", to: reference.rowCount) }
  }
}
