import ArgumentParser
import CommandOptions
import Communication
import Console
import Evaluation
import Foundation
import Reporting
import Runs
import Storage

struct CompareCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Print the paper's table with the runs' columns beside the published ones.",
    discussion: """
      The runs must have been evaluated. Means in nats with their standard errors over test rows. With --html, a page \
      with the table, the runs' curves over each other and what is set differently; runs that were not evaluated will \
      do, too, but not models in files.

      EXAMPLES
        mhvae-dist compare runs/jmvae runs/mvae runs/mhvae
        mhvae-dist compare runs/jmvae runs/mvae runs/mhvae --html families.html
      """)

  @Argument(
    help: ArgumentHelp("Runs, models that export wrote, or evaluation files.", valueName: "run"), completion: .directory
  )
  var runs: [String]

  @Option(help: ArgumentHelp("Write a web page instead of printing the table.", valueName: "file"), completion: .file())
  var html: String?

  @OptionGroup
  var form: ResultOptions

  func validate() throws {
    guard html == nil || !form.json else { throw ValidationError("--html and --json exclude each other.") }
  }

  func run(in world: World) throws {
    guard world.rank == 0 else { return }
    if let html { return try writePage(to: html) }
    let reports = try zip(columnNames(runs), runs).map { (name: $0, report: try report(of: $1)) }
    if form.json { return try printResult(jsonText(reports.map(NamedReport.init))) }
    let comparison = Comparison(reports)
    try printResult(comparison.text)
    for (name, report) in reports {
      try printResult(
        "\(name): \(report.name), \(report.family), epoch \(report.epoch), \(report.rows) rows, "
          + "\(report.samples) samples each")
    }
    for difference in comparison.differences { try printResult("not alike: \(difference)") }
    for note in comparison.notes { try printResult("note: \(note)") }
    for (run, (name, report)) in zip(runs, reports) {
      guard !isFile(run), let last = try RunDirectory(run).checkpointEpochs().first, last > report.epoch else {
        continue
      }
      try printResult("not the last: \(name) has \(last) epochs, what is shown is of epoch \(report.epoch)")
    }
  }

  private func writePage(to path: String) throws {
    try checkOutput(path, option: "--html", inputs: runs, readsEvaluations: true)
    let records = try zip(columnNames(runs), runs).map { (name: $0, record: try RunRecord(reading: RunDirectory($1))) }
    try writeAtomically(bytes: Array(Report.comparison(records).utf8), to: path)
    form.say("comparison of \(runs.count) runs written to \(path)")
  }

  private func report(of run: String) throws -> EvaluationReport {
    let path = run.hasSuffix(".json") ? run : EvaluationFile.path(of: run)
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandError("there is no \(path); run mhvae-dist evaluate --run \(shellWord(run)) first")
    }
    do { return try EvaluationReport(json: data) } catch {
      throw CommandError("\(path) is not an evaluation that this program wrote; run mhvae-dist evaluate again")
    }
  }
}

/// An evaluation with the name of its column.
private struct NamedReport: Encodable {
  let run: String
  let evaluation: EvaluationReport

  init(name: String, report: EvaluationReport) { (run, evaluation) = (name, report) }
}

/// As much of the end of each path as tells them apart.
func columnNames(_ paths: [String]) -> [String] {
  let parts = paths.map { path in
    path.split(separator: "/").map(String.init).filter { $0 != "evaluation.json" && $0 != "." }
  }
  let longest = parts.map(\.count).max() ?? 1
  for length in 1...max(longest, 1) {
    let names = parts.map { $0.suffix(length).joined(separator: "/") }
    if Set(names).count == names.count { return names }
  }
  return paths
}
