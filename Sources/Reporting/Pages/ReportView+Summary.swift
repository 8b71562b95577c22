internal import Configuration
internal import Evaluation
internal import Foundation
internal import Runs

extension RunRecord {
  private var family: String { configuration.model.family.name.rawValue.uppercased() }
  private var modalityNames: String { configuration.model.modalities.map(\.name).formatted(.list(type: .and)) }

  /// One sentence on top.
  var summary: String {
    let data = sessions.last.map { ", trained on \($0.start.dataName) (\(Self.rows($0.start.rows)))" } ?? ""
    return "\(family) of \(modalityNames), set-up \(configuration.name)\(data)."
  }

  private static func rows(_ rows: [String: Int]) -> String {
    let splits = [("train", "training"), ("validation", "validation"), ("test", "test")]
    return splits.compactMap { split, name in rows[split].map { "\(NumberText.count($0)) \(name)" } }
      .joined(separator: ", ") + " rows"
  }

  /// - Parameter parameterCount: of the model, if it could be read.
  func tiles(parameterCount: Int?) -> [ReportView.Tile] {
    var tiles: [ReportView.Tile] = []
    func add(_ label: String, _ value: String, _ detail: String, unit: String = "") {
      tiles.append(ReportView.Tile(label: label, value: value, unit: unit, detail: detail))
    }
    if let best = bestEpoch, let elbo = best.validation?.elbo {
      add("Validation ELBO", NumberText.short(elbo), "best, epoch \(best.epoch)", unit: "nats")
    } else if let last = epochs.last {
      add("Training ELBO", NumberText.short(last.training.elbo), "epoch \(last.epoch)", unit: "nats")
    }
    if let first = evaluations.first?.report, let likelihood = first.likelihoods.first {
      let error = likelihood.standardError.map { "± \(NumberText.fixed($0, 2))" }
      let paper = likelihood.paper.map { "paper \(NumberText.short($0))" }
      add(
        likelihood.quantity, NumberText.short(likelihood.mean),
        [error, paper, "\(first.split) rows"].compactMap(\.self).joined(separator: ", "), unit: "nats")
    }
    if let last = epochs.last {
      add("Epochs", "\(last.epoch) of \(configuration.training.epochs)", "\(NumberText.count(last.step)) steps")
      add("Time", NumberText.duration(seconds), "all epochs, with validation")
    }
    if let rate = imagesPerSecond { add("Speed", NumberText.fixed(rate, 0), "median of the epochs", unit: "rows/s") }
    if let place { add("Ran on", place.ranks, place.hosts) }
    if let parameterCount {
      add("Parameters", NumberText.count(parameterCount), "batch of \(configuration.training.batchSize)")
    }
    return tiles
  }

  /// Where it was trained last.
  private var place: (ranks: String, hosts: String)? {
    if let start = sessions.last?.start {
      return (NumberText.count(start.worldSize, "rank"), NumberText.count(start.hosts.count, "host"))
    }
    return epochs.last.map { (NumberText.count($0.worldSize, "rank"), "hosts are not recorded") }
  }

  var facts: TableView {
    var table = TableView("What was trained")
    table.add("Run", path)
    table.add("Set-up", "\(configuration.name), \(family)")
    for modality in configuration.model.modalities {
      table.add(
        "Modality \(modality.name)",
        "\(Self.size(modality)), \(modality.likelihood.rawValue), latent of \(modality.latent)")
    }
    let training = configuration.training
    table.add(
      "Training",
      "batch of \(training.batchSize), learning rate \(training.learningRate), seed \(training.seed)"
        + (training.objective == .elbo ? "" : ", \(training.objective.draws) importance-weighted draws a row"))
    table.add("Recipe", training.recipe)
    if let start = sessions.last?.start {
      table.add("Data", "\(start.dataName): \(Self.rows(start.rows))")
      table.add("File", start.data)
      table.add("Exchange", start.exchange)
      table.add("Software", start.software.joined(separator: ", "))
    }
    return table
  }

  private static func size(_ modality: ModalityConfiguration) -> String {
    switch modality.shape {
    case .image(let channels, let height, let width): "\(channels) × \(height) × \(width) pixels"
    case .flat(let count): modality.likelihood == .categorical ? "\(count) classes" : "\(count) values"
    }
  }

  /// Sessions and hosts, as far as the journal tells.
  var machines: [TableView] {
    guard let last = sessions.last?.start else { return [] }
    var sessions = TableView(
      "Sessions, times in UTC", header: ["began", "ended", "from", "to", "ranks", "threads each"], words: 4)
    for session in self.sessions {
      sessions.add(
        NumberText.time(session.began), session.ended.map(NumberText.time) ?? "not recorded",
        "epoch \(session.start.epoch), step \(session.start.step)", Self.end(session),
        "\(session.start.worldSize)", "\(session.start.threads)")
    }
    var hosts = TableView(
      "Hosts of the last session", header: ["host", "processor", "cores", "ranks"], words: 2)
    for host in last.hosts { hosts.add(host.name, host.processor, "\(host.cores)", "\(host.ranks)") }
    return [sessions, hosts]
  }

  private static func end(_ session: Session) -> String {
    guard let end = session.end else { return "-" }
    return "epoch \(end.epoch), step \(end.step)" + (end.cause.map { ", stopped by \($0)" } ?? "")
  }
}
