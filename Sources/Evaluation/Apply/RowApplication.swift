package import Communication
internal import Configuration
internal import DataLoading
internal import Foundation
internal import Models
package import Runs
internal import Storage

/// A model applied to every row of a dataset, on all ranks: scores, predictions of what is absent, latents. Memory does not
/// grow with the rows, and the file is the same on any number of ranks, continued or not.
package struct RowApplication {
  /// Of all splits together.
  package let rowCount: Int
  /// What `score` is, such as `log p(image | label)`; nil without scores.
  package var quantity: String? { scored?.quantity }

  /// Of the data that the model is applied to.
  package var dataFingerprint: String { data.dataset.fingerprint }

  let trained: TrainedModel
  let request: ApplyRequest
  let data: ApplyData
  let isTrainingData: Bool
  let scored: LikelihoodRow?
  /// Training rows, for the percentiles; nil without.
  let reference: RowSegment?
  let segments: [RowSegment]

  /// Opens the data.
  /// - Parameters:
  ///   - path: a packed dataset with the model's modalities; not necessarily that of the training.
  ///   - trainingPath: that of the training, if percentiles are asked for and it is another file.
  /// - Throws: `EvaluationError` when there is nothing to do or the training rows are missing, and what opening throws.
  package init(_ trained: TrainedModel, data path: String, trainingData trainingPath: String?, _ request: ApplyRequest)
    throws
  {
    let dataset = try PackedDataset.open(path)
    try dataset.check(against: trained.configuration.model)
    let (model, isTrainingData) = (trained.model, dataset.fingerprint == trained.dataFingerprint)
    var request = request
    request.splits = request.splits.filter { dataset.rowCount(of: $0) > 0 }
    guard !request.splits.isEmpty else { throw EvaluationError("\(path) has no such rows") }
    let modalities = model.configuration.modalities
    let all = Array(modalities.indices)
    let given = request.given ?? all
    var scored: LikelihoodRow?
    var products: [any RowProduct] = [SourceRowProduct()]
    if request.outputs.contains(.scores) {
      scored = LikelihoodTable(modalities, given: given, targets: request.targets ?? all).rows.last
    }
    let scores = scored.map { ScoreProduct(model, $0, samples: request.samples, seed: request.seed) }
    if let scores { products.append(scores) }
    if !request.outputs.isDisjoint(with: ApplyOutput.predictions) {
      let absent = all.filter { index in request.splits.contains { dataset.hasGaps(modalities[index].name, $0) } }
      let targets = request.targets ?? (request.given == nil ? absent : all.filter { !given.contains($0) })
      guard !targets.isEmpty else {
        throw EvaluationError(
          "there is nothing to predict: no row of \(path) lacks a modality, and all are given; name --given or --target"
        )
      }
      products.append(
        ImputationProduct(
          model, given: given, targets: targets, isAlwaysPredicted: request.targets != nil, outputs: request.outputs,
          samples: request.samples, drawCount: request.draws, seed: request.seed))
    }
    if request.outputs.contains(.latents) { products.append(LatentProduct(model, given: given, group: "latents/")) }
    let data = ApplyData(dataset, model)
    let unitRows = Self.unitRows(products, samples: products.count > 1 ? request.samples : 1)
    segments = request.splits.map { RowSegment(data, $0, products, unitRows: unitRows) }
    rowCount = segments.reduce(0) { $0 + $1.rowCount }
    if let rows = request.percentileRows, let scores {
      let training = isTrainingData ? data : ApplyData(try trained.openTrainingData(trainingPath, besides: path), model)
      guard training.dataset.rowCount(of: .train) > 0 else {
        throw EvaluationError("\(training.dataset.path) has no training rows for percentiles")
      }
      reference = RowSegment(training, .train, sample: rows, [scores], unitRows: unitRows)
    } else {
      reference = nil
    }
    (self.trained, self.request, self.data, self.isTrainingData) = (trained, request, data, isTrainingData)
    self.scored = scored
  }

  /// As many rows as are soon done and fit into a few megabytes, whatever the number of ranks.
  private static func unitRows(_ products: [any RowProduct], samples: Int) -> Int {
    let rowBytes = products.flatMap(\.buffers).reduce(0) { $0 + $1.column.rowByteCount }
    var rows = 256
    while rows > 8 && (rows * samples > 1 << 16 || rows * rowBytes > 8 << 20) { rows /= 2 }
    return rows
  }

  /// Computes all rows and writes the file. Collective.
  /// - Parameters:
  ///   - mode: what to do with what an earlier session has computed.
  ///   - arrays: a directory for the same as `.npy` files, if wanted.
  ///   - progress: called on every rank with the rows that are done and those there are, training rows among them.
  /// - Returns: on rank 0, what there is to say of the rows.
  /// - Throws: `EvaluationStopped` on all ranks when one has received a signal; `EvaluationError` or `StorageError` when
  ///   the file, or what is computed so far, cannot be written or read.
  package func write(
    to path: String, replacing: Bool, arrays: String? = nil, continues: Bool, collectives: any Collectives,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> ApplySummary? {
    let engine = RowEngine((reference.map { [$0] } ?? []) + segments, collectives)
    let header = try self.header
    let records = try collectives.onRoot {
      // Found out now rather than after hours of sampling.
      _ = try AtomicFile.begin(target: path, replacing: replacing)
      return try RecordFile(besides: path, header: header, engine.order, continues ? .continuing : .new)
    }
    try engine.run(records, progress: progress)
    return try collectives.onRoot {
      guard let records else { preconditionFailure("rank 0 has no records") }
      let rows = RecordedRows(records, engine.order, segments, first: reference?.unitCount ?? 0)
      try rows.verify()
      let percentiles = try reference.map { try Percentiles(records, $0) }
      let file = RowFile(self, rows, percentiles)
      try file.write(to: path, replacing: replacing)
      if let arrays { try file.writeArrays(to: arrays) }
      let summary = try ApplySummary(rows, percentiles)
      records.remove()
      return summary
    }
  }
}

extension TrainedModel {
  /// - Parameter other: the data that were named, which are not those of the training.
  fileprivate func openTrainingData(_ path: String?, besides other: String) throws -> PackedDataset {
    guard let path else {
      throw EvaluationError(
        "percentiles are among training rows, and \(other) is not the file that the model was trained on; name that with "
          + "--training-data")
    }
    return try openData(path)
  }
}
