internal import Configuration
internal import Training

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
  let machines: [TableView]
  let configuration: String

  init(_ record: RunRecord, _ model: ModelFindings?, notes: [String]) {
    title = record.name
    subtitle = record.summary
    self.notes = notes
    tiles = record.tiles(parameterCount: model?.parameterCount)
    let given = record.warnings.map {
      Warnings.Item(text: $0.text, detail: NumberText.time($0.time) + ($0.count > 1 ? ", \($0.count) times" : ""))
    }
    warnings = given.isEmpty ? nil : Warnings(items: given)
    curves = record.curves
    let parts = record.evaluations.map(Evaluation.Part.init)
    evaluation = parts.isEmpty ? nil : Evaluation(parts: parts)
    pictures = model?.pictureGroups ?? []
    latents = model?.rows?.latents.map(ScatterDrawing.init)
    confusions = model?.rows?.confusions.map(ConfusionView.init) ?? []
    facts = record.facts
    machines = record.machines
    configuration = (try? record.configuration.yaml) ?? ""
  }
}
