internal import Communication
internal import Configuration
package import Runs

/// The report of a run: one page that needs nothing beside it.
package enum Report {
  /// Reads a run and makes its page. What cannot be read is left out, and the page says so.
  /// - Parameter data: the dataset; where the journal says it is if nil.
  /// - Throws: `RunError` or `ConfigurationError` when the directory holds no run.
  package static func html(of directory: RunDirectory, data: String?) throws -> String {
    let record = try RunRecord(reading: directory)
    var notes: [String] = []
    if record.epochs.isEmpty { notes.append("No epoch has ended yet, so there are no curves.") }
    notes += record.notesOnAge
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
      let findings = ModelFindings(trained, data: data)
      notes += findings.notes
      return findings
    } catch {
      notes.append("What the model itself would show is left out: \(error).")
      return nil
    }
  }
}
