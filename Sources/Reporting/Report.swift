internal import Communication
internal import Configuration
internal import Storage
package import Training

/// The report of a run: one page that needs nothing beside it.
package enum Report {
  /// Reads a run and makes its page. What cannot be read is left out, and the page says so.
  /// - Parameter data: the dataset; where the journal says it is if nil.
  /// - Throws: `TrainingError` or `ConfigurationError` when the directory holds no run.
  package static func html(of directory: RunDirectory, data: String?) throws -> String {
    let record = try RunRecord(reading: directory)
    var notes: [String] = []
    if record.epochs.isEmpty { notes.append("No epoch has ended yet, so there are no curves.") }
    let model = findings(record, directory, data: data ?? record.dataPath, &notes)
    return html(record, model, notes: notes)
  }

  /// The page of what was read.
  package static func html(_ record: RunRecord, _ model: ModelFindings?, notes: [String]) -> String {
    PageFrame.render(ReportView(record, model, notes: notes), template: "report")
  }

  /// Several runs laid over each other.
  /// - Parameter runs: with names that tell them apart.
  package static func comparison(_ runs: [(name: String, record: RunRecord)]) -> String {
    PageFrame.render(ComparisonView(runs), template: "comparison")
  }

  private static func findings(
    _ record: RunRecord, _ directory: RunDirectory, data: String?, _ notes: inout [String]
  ) -> ModelFindings? {
    do {
      let trained = try TrainedModel.load(.last, of: directory.path, collectives: SingleRank())
      let names = (try? data.map { try PackedDataset.open($0).classNames }) ?? [:]
      let draws = try Gallery(trained.model, classNames: names).draws()
      let rows = rowFindings(trained, data, &notes)
      return ModelFindings(
        epoch: trained.epoch, parameterCount: trained.parameterCount, draws: draws, rows: rows)
    } catch {
      notes.append("There are no pictures of the model: \(error).")
      return nil
    }
  }

  private static func rowFindings(_ trained: TrainedModel, _ data: String?, _ notes: inout [String]) -> RowFindings? {
    let missing = "Reconstructions, translations, the latent space and confusions are left out, as they need the data"
    guard let data else {
      notes.append("\(missing), and where it is has not been recorded; name it with --data.")
      return nil
    }
    do {
      let dataset = try PackedDataset.open(data)
      try dataset.check(against: trained.configuration.model)
      guard dataset.fingerprint == trained.dataFingerprint else {
        notes.append("\(missing), and \(data) is not what the model was trained on: its fingerprint differs.")
        return nil
      }
      return try RowFindings(trained.model, dataset)
    } catch {
      notes.append("\(missing): \(error).")
      return nil
    }
  }
}
