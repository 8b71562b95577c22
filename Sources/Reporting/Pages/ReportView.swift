internal import Configuration

/// A report as the template `report` wants it.
struct ReportView {
  struct Tile {
    let label: String
    let value: String
    let unit: String
    let detail: String
  }

  struct Warnings {
    struct Item {
      let text: String
      let detail: String
    }

    let items: [Item]
    /// What is said if there are more.
    let rest: String?

    private static let most = 30

    /// nil if there are none.
    /// - Parameter findings: sentences on the run as a whole, which come first.
    init?(_ warnings: [RunRecord.Warning], findings: [String]) {
      guard !warnings.isEmpty || !findings.isEmpty else { return nil }
      items =
        findings.map { Item(text: $0, detail: "") }
        + warnings.prefix(Self.most).map {
          Item(text: $0.text, detail: NumberText.time($0.time) + ($0.count > 1 ? ", \($0.count) times" : ""))
        }
      rest = warnings.count > Self.most ? "\(warnings.count - Self.most) more are in journal.jsonl." : nil
    }
  }

  struct Curves {
    let caption: String?
    let charts: [ChartDrawing]
    let table: TableView
  }

  struct Evaluation {
    struct Part {
      let heading: String
      let caption: String
      let tables: [TableView]
    }

    let parts: [Part]
  }

  struct Pictures {
    let heading: String
    let caption: String
    let items: [PictureView]
  }

  let frame = PageFrame.shared
  let title: String
  let subtitle: String
  let notes: [String]
  let tiles: [Tile]
  let warnings: Warnings?
  let curves: Curves?
  let evaluation: Evaluation?
  let pictures: [Pictures]
  let latents: ScatterDrawing?
  let confusions: [ConfusionView]
  let facts: TableView
  /// Of each split in which rows lack modalities.
  let gaps: [TableView]
  let machines: [TableView]
  let configuration: String

  init(_ record: RunRecord, _ model: ModelFindings?, notes: [String]) {
    title = record.name
    subtitle = record.summary
    self.notes = notes
    tiles = record.tiles(parameterCount: model?.parameterCount)
    warnings = Warnings(record.warnings, findings: record.silentLatents)
    curves = record.curves
    let parts = record.evaluations.map(Evaluation.Part.init)
    evaluation = parts.isEmpty ? nil : Evaluation(parts: parts)
    pictures = model?.pictureGroups ?? []
    latents = model?.rows?.latents.map(ScatterDrawing.init)
    confusions = model?.rows?.confusions.map(ConfusionView.init) ?? []
    facts = record.facts
    gaps = model?.rows?.gaps.map(\.table) ?? []
    machines = record.machines
    configuration = (try? record.configuration.yaml) ?? ""
  }
}
