import Foundation
import Reporting
import Runs
import Storage

/// The page that a run keeps of itself.
enum RunReport {
  static func path(of run: String) -> String { "\(run)/report.html" }
}

/// Writes the page of a run at the end of a command whose work is done: a failure is no more than a warning.
/// - Parameters:
///   - run: its directory. A file with a model has no report.
///   - data: the dataset.
/// - Returns: where it was written, if it was.
@discardableResult
func writeReport(of run: String, data: String, warn: (String) -> Void = warn) -> String? {
  guard !isFile(run) else { return nil }
  let path = RunReport.path(of: run)
  do {
    try writeAtomically(bytes: Array(try Report.html(of: RunDirectory(run), data: data).utf8), to: path)
    return path
  } catch {
    warn("there is no report: \(error)")
    return nil
  }
}
