internal import Configuration
internal import Evaluation
internal import Runs

/// Several runs as the template `comparison` wants them.
struct ComparisonView {
  struct Curves { let charts: [ChartDrawing] }
  struct Part { let table: TableView }

  let frame = PageFrame.shared
  let title: String
  let notes: [String]
  let runs: TableView
  let curves: Curves?
  let evaluation: Part?
  let settings: Part?

  /// - Parameter runs: with names that tell them apart.
  init(_ runs: [(name: String, record: RunRecord)]) {
    title = "Comparison of \(runs.count) runs"
    let evaluated = runs.compactMap { name, record in
      record.evaluations.first { $0.file == "evaluation.json" }.map { (name: name, report: $0.report) }
    }
    let comparison = Comparison(evaluated)
    notes = comparison.differences.map { "Not alike: \($0)." } + comparison.notes.map { "\($0)." }
    self.runs = Self.overview(runs)
    let charts = Self.charts(runs).filter { !$0.series.isEmpty }
    curves = charts.isEmpty ? nil : Curves(charts: charts.map(ChartDrawing.init))
    evaluation = evaluated.isEmpty ? nil : Part(table: Self.table(comparison))
    settings = Self.settings(runs)
  }

  private static func overview(_ runs: [(name: String, record: RunRecord)]) -> TableView {
    var table = TableView(
      header: [
        "run", "set-up", "family", "epochs", "best validation ELBO", "rows/s", "time", "ranks",
      ], words: 3)
    for (name, record) in runs {
      table.add(
        name, record.configuration.name, record.configuration.model.family.name.rawValue,
        "\(record.epochs.last?.epoch ?? 0) of \(record.configuration.training.epochs)",
        record.bestEpoch?.validation.map { NumberText.fixed($0.elbo, 2) } ?? "-",
        record.imagesPerSecond.map { NumberText.fixed($0, 0) } ?? "-", NumberText.duration(record.seconds),
        record.epochs.last.map { "\($0.worldSize)" } ?? "-")
    }
    return table
  }

  private static func charts(_ runs: [(name: String, record: RunRecord)]) -> [LineChart] {
    func chart(_ title: String, unit: String = "nats", _ value: @escaping (EpochReport) -> Double?) -> LineChart {
      LineChart(
        title, unit: unit,
        series: runs.enumerated().map { place, run in
          let (round, colour) = place.quotientAndRemainder(dividingBy: ChartDrawing.colours)
          return LineChart.Series(
            run.name, colour: colour, isDashed: !round.isMultiple(of: 2), run.record.points(value))
        })
    }
    var throughput = chart("Throughput", unit: "rows/s") { $0.imagesPerSecond }
    throughput.startsAtZero = true
    let names = runs.flatMap(\.record.termNames)
    var seen: Set<String> = []
    // What a single run has compares with nothing.
    let terms = names.filter { name in names.count { $0 == name } > 1 && seen.insert(name).inserted }
    return [
      chart("Validation ELBO") { $0.validation?.elbo }, chart("Training ELBO") { $0.training.elbo },
      chart("Validation loss") { $0.validation?.loss }, chart("Training loss") { $0.training.loss }, throughput,
    ] + terms.map { name in chart("\(termTitle(name)), validation") { $0.validation?.terms[name] } }
  }

  private static func table(_ comparison: Comparison) -> TableView {
    var table = TableView(header: comparison.header, words: Comparison.textColumns)
    for line in comparison.lines {
      let words = line.prefix(Comparison.textColumns)
      table.add(words + line.dropFirst(words.count).map { $0 == "-" ? $0 : $0.replacing("-", with: "−") })
    }
    return table
  }

  /// The keys in which the configurations differ.
  private static func settings(_ runs: [(name: String, record: RunRecord)]) -> Part? {
    let settings = runs.map { (try? $0.record.configuration.flatKeys) ?? [] }
    let values = settings.map { Dictionary($0.map { ($0.key, $0.value) }) { first, _ in first } }
    var seen: Set<String> = []
    let keys = settings.joined().map(\.key).filter { seen.insert($0).inserted }
    let differing = keys.filter { key in Set(values.map { $0[key] }).count > 1 }
    guard !differing.isEmpty else { return nil }
    var table = TableView(header: ["key"] + runs.map(\.name), words: 1 + runs.count)
    for key in differing { table.add([key] + values.map { $0[key] ?? "-" }) }
    return Part(table: table)
  }
}
