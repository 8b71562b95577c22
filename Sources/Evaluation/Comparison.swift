/// Several runs of one set-up beside what the paper reports: its table, with a column for each.
package struct Comparison {
  /// Runs with the names of their columns.
  private let runs: [(name: String, report: EvaluationReport)]

  package init(_ runs: [(name: String, report: EvaluationReport)]) { self.runs = runs }

  /// The table; a cell is a mean with its standard error.
  package var text: String {
    var table = TextTable(header: header, textColumns: Self.textColumns)
    for line in lines { table.add(line) }
    return table.text
  }

  /// So many columns from the left hold words.
  package static let textColumns = 2

  /// What the columns are.
  package var header: [String] {
    ["quantity", "given"] + paperFamilies.map { "paper \($0)" } + runs.map(\.name)
  }

  /// A cell for each column.
  package var lines: [[String]] {
    rows.map(cells)
      + floorNames.map { quantity in
        line(quantity, "-") { report in
          report.floors?.first { $0.quantity == quantity }.map { $0.mean.formatted(digits: 2) }
        }
      } + [line("ELBO") { $0.objective.elbo.formatted(digits: 2) }]
      + accuracyRows.map { accuracy in
        line("\(accuracy.modality) right, %", accuracy.given.joined(separator: ", ")) { report in
          report.accuracies.first { $0.modality == accuracy.modality && $0.given == accuracy.given }.map {
            (100 * $0.accuracy).formatted(digits: 1)
          }
        }
      } + measureRows.map(measureLine)
  }

  /// What one must know of single runs to compare them, a sentence each.
  package var notes: [String] {
    let notes = runs.flatMap { name, report in report.notes.map { "\(name): \($0)" } }
    let isJudged = measureRows.contains { $0.classifierAccuracy != nil }
    return notes + (isJudged ? ["in brackets behind a measure: the classifier's own accuracy on test rows"] : [])
  }

  /// What keeps the columns from being compared, one sentence for each run that differs from the first.
  package var differences: [String] {
    guard let (firstName, first) = runs.first else { return [] }
    return runs.dropFirst().compactMap { name, report in
      let differing = [
        ("set-up", (report.name, report.paperSetup) != (first.name, first.paperSetup)),
        ("data", report.dataFingerprint != first.dataFingerprint), ("number of rows", report.rows != first.rows),
        ("number of samples", report.samples != first.samples),
        ("number of epochs", report.epoch != first.epoch), ("precision", report.precision != first.precision),
        ("judge", report.measures != nil && first.measures != nil && report.judge != first.judge),
      ].filter(\.1).map(\.0)
      return differing.isEmpty ? nil : "\(name) and \(firstName) differ in \(differing.joined(separator: " and "))"
    }
  }

  /// The set-up of the paper that all runs are of; nil if they are not.
  private var setup: String? {
    let setups = Set(runs.map(\.report.paperSetup))
    return setups.count == 1 ? setups.first ?? nil : nil
  }

  /// Those whose figures the paper gives for this set-up.
  private var paperFamilies: [String] {
    PaperFigures.families.filter { family in rows.contains { paper($0, family) != nil } }
  }

  /// Every quantity of any run, in order of appearance.
  private var rows: [LikelihoodEstimate] {
    var seen: Set<[String]> = []
    return runs.flatMap(\.report.likelihoods).filter { seen.insert([$0.quantity, $0.source]).inserted }
  }

  private var floorNames: [String] {
    var seen: Set<String> = []
    return runs.flatMap { $0.report.floors ?? [] }.map(\.quantity).filter { seen.insert($0).inserted }
  }

  private var accuracyRows: [AccuracyEstimate] {
    var seen: Set<[String]> = []
    return runs.flatMap(\.report.accuracies).filter { seen.insert([$0.modality] + $0.given).inserted }
  }

  private var measureRows: [MeasureEstimate] {
    var seen: Set<[String]> = []
    return runs.flatMap { $0.report.measures ?? [] }.filter { seen.insert($0.place).inserted }
  }

  private func measureLine(_ measure: MeasureEstimate) -> [String] {
    line("\(measure.measure.rawValue) of \(measure.of)", measure.source) { report in
      report.measures?.first { $0.place == measure.place }.map {
        ($0.standardError == nil ? $0.text.value : "\($0.text.value) ± \($0.text.standardError)")
          + ($0.classifierAccuracy == nil ? "" : " (\($0.text.classifierAccuracy))")
      }
    }
  }

  private func paper(_ row: LikelihoodEstimate, _ family: String) -> Double? {
    setup.flatMap { PaperFigures.figure(row.quantity, source: row.source, setup: $0, family: family) }
  }

  private func cells(_ row: LikelihoodEstimate) -> [String] {
    let published = paperFamilies.map { paper(row, $0)?.formatted(digits: 2) ?? "-" }
    let measured = runs.map { run in
      let found = run.report.likelihoods.first { $0.quantity == row.quantity && $0.given == row.given }
      guard let found else { return "-" }
      let error = found.standardError.map { " ± \($0.formatted(digits: 2))" } ?? ""
      return found.mean.formatted(digits: 2) + error
    }
    return [row.quantity, row.source] + published + measured
  }

  private func line(_ quantity: String, _ given: String = "", _ value: (EvaluationReport) -> String?) -> [String] {
    [quantity, given] + paperFamilies.map { _ in "-" } + runs.map { value($0.report) ?? "-" }
  }
}
