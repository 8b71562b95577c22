internal import Configuration
internal import DataLoading
internal import Kernels
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

  /// Encodes all rows of the split.
  /// - Returns: the number of rows.
  /// - Throws: `StorageError` when data cannot be read or the file cannot be written, `EvaluationError` when there are
  ///   no rows or they do not fit the model.
  package func write(_ dataset: borrowing PackedDataset, to path: String) throws -> Int {
    let rowCount = dataset.rowCount(of: split)
    guard rowCount > 0 else { throw EvaluationError("\(dataset.path) has no \(split.rawValue) rows") }
    let modalities = trained.model.configuration.dataModalities
    let shard = try Shard(dataset, modalities: modalities, split: split, rows: 0..<rowCount)
    let latents = encode(shard)
    let fingerprint = dataset.fingerprint
    try HDF5File.writeAtomically(to: path) { (file) throws(StorageError) in
      try file.setAttribute("format", to: "mhvae-dist latents")
      try file.setAttribute("format_version", to: 1)
      try file.setAttribute("name", to: trained.configuration.name)
      try file.setAttribute("epoch", to: trained.epoch)
      try file.setAttribute("data_fingerprint", to: fingerprint)
      try file.setAttribute("split", to: split.rawValue)
      try file.setAttribute("given", to: given.map { modalities[$0].name })
      for latent in latents {
        let shape = [rowCount, latent.means.count / rowCount]
        try file.write(latent.means, shape: shape, to: "\(latent.name)/mean")
        try file.write(latent.logvars, shape: shape, to: "\(latent.name)/logvar")
      }
    }
    return rowCount
  }

  private struct Latents {
    let name: String
    var means: [Float] = []
    var logvars: [Float] = []
  }

  private func encode(_ shard: Shard) -> [Latents] {
    let proposal = trained.model.makeProposal(given: given, decoded: [], rows: RowBlocks.rowCount, draws: 1)
    var latents: [Latents] = []
    RowBlocks(shard, of: trained.model).forEachBlock { _, block in
      proposal.encode(block)
      let posteriors = proposal.posteriors
      if latents.isEmpty { latents = posteriors.map { Latents(name: $0.name) } }
      for (place, posterior) in posteriors.enumerated() {
        latents[place].means += posterior.values(posterior.distribution.mean, of: block)
        latents[place].logvars += posterior.values(posterior.distribution.logvar, of: block)
      }
    }
    return latents
  }
}

extension LatentPosterior {
  /// All values, row by row; not a number where a row lacks the latent's modality.
  fileprivate func values(_ matrix: Matrix, of block: Observations) -> [Float] {
    (0..<matrix.rows).flatMap { row in
      let isKnown = modality.map { block.has($0, row: row) } ?? true
      return isKnown ? matrix.rows(row..<row + 1).values : [Float](repeating: .nan, count: matrix.columns)
    }
  }
}
