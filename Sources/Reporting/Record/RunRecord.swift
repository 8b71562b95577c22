package import Configuration
package import Evaluation
internal import Foundation
internal import Models
package import Runs

/// What a run's directory tells of it, apart from the weights.
package struct RunRecord: Sendable {
  /// An evaluation that was made of the run.
  package struct Evaluation: Sendable {
    /// Such as `evaluation.json`.
    package let file: String
    package let report: EvaluationReport

    package init(file: String, report: EvaluationReport) { (self.file, self.report) = (file, report) }
  }

  /// The run's directory.
  package var path: String
  package var configuration: RunConfiguration
  /// One for each epoch, in order.
  package var epochs: [EpochReport] = []
  package var steps: [StepReport] = []
  package var journal: [JournalEntry] = []
  /// The one of everything first.
  package var evaluations: [Evaluation] = []

  package init(path: String, configuration: RunConfiguration) {
    (self.path, self.configuration) = (path, configuration)
  }

  /// Reads what is there; a line or file that was torn counts as not there.
  /// - Throws: `RunError` when the directory holds no run.
  package init(reading directory: RunDirectory) throws {
    self.init(path: directory.path, configuration: try directory.storedConfiguration())
    epochs = jsonLines(of: directory.metricsPath)
    steps = jsonLines(of: directory.stepsPath)
    journal = Journal.entries(of: directory)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    evaluations = names.filter { $0.hasPrefix("evaluation") && $0.hasSuffix(".json") }
      .sorted { ($0.count, $0) < ($1.count, $1) }
      .compactMap { name in
        let data = FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()
        return (try? EvaluationReport(json: data)).map { Evaluation(file: name, report: $0) }
      }
  }

  /// What tells that figures are older than the curves.
  package var notesOnAge: [String] {
    let last = epochs.last?.epoch ?? 0
    // Of the best or a chosen epoch on purpose, perhaps: said all the same, because the curves beside them are not.
    return evaluations.filter { $0.report.epoch < last }.map {
      "\($0.file) is of epoch \($0.report.epoch), the run has \(last)."
    }
  }

  /// The last part of its path.
  package var name: String { URL(filePath: path).standardizedFileURL.lastPathComponent }
}
