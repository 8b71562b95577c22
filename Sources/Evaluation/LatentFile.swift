package import Communication
internal import Configuration
internal import DataLoading
internal import Foundation
internal import Models
package import Runs
package import Storage

/// The posteriors of data rows, as an HDF5 file: for every latent the datasets `<latent>/mean` and `<latent>/logvar`,
/// `[rows, width]` of 32-bit floats; as attributes what they were made from. The latent of a modality is NaN where a row
/// lacks the modality.
package struct LatentFile {
  private let trained: TrainedModel
  /// Indices of the modalities that are seen.
  private let given: [Int]
  private let split: Split

  package init(_ trained: TrainedModel, given: [Int], split: Split) {
    (self.trained, self.given, self.split) = (trained, given, split)
  }

  /// Encodes all rows of the split, on all ranks. Collective.
  /// - Returns: the number of rows.
  /// - Throws: `StorageError` when data cannot be read or the file cannot be written, `EvaluationError` when there are
  ///   no rows or they do not fit the model.
  package func write(
    _ dataset: consuming PackedDataset, to path: String, collectives: any Collectives
  ) throws -> Int {
    guard dataset.rowCount(of: split) > 0 else {
      throw EvaluationError("\(dataset.path) has no \(split.rawValue) rows")
    }
    let data = ApplyData(dataset, trained.model)
    let segment = RowSegment(
      data, split, [LatentProduct(trained.model, given: given, group: "")], unitRows: 4 * RowBlocks.rowCount)
    let engine = RowEngine([segment], collectives)
    let records = try collectives.onRoot {
      _ = try AtomicFile.begin(target: path)
      return try RecordFile(besides: path, header: Data(), engine.order, .replacing)
    }
    try engine.run(records) { _, _ in }
    _ = try collectives.onRoot {
      guard let records else { return }
      let rows = RecordedRows(records, engine.order, [segment], first: 0)
      try HDF5File.writeAtomically(to: path) { (file) throws(StorageError) in
        try setAttributes(of: file, data.dataset.fingerprint)
        for column in rows.columns {
          try rows.write(column, to: file) { (take) throws(StorageError) in
            try rows.forEachUnit([column]) { _, _, bytes throws(StorageError) in try take(bytes[0]) }
          }
        }
      }
      records.remove()
    }
    return segment.rowCount
  }

  private func setAttributes(of file: borrowing HDF5File, _ fingerprint: String) throws(StorageError) {
    try file.setAttribute("format", to: "mhvae-dist latents")
    try file.setAttribute("format_version", to: 1)
    try file.setAttribute("name", to: trained.configuration.name)
    try file.setAttribute("epoch", to: trained.epoch)
    try file.setAttribute("data_fingerprint", to: fingerprint)
    try file.setAttribute("split", to: split.rawValue)
    try file.setAttribute("given", to: given.map { trained.model.configuration.modalities[$0].name })
  }
}
