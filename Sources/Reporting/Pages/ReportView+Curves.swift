internal import Configuration
internal import Runs

extension RunRecord {
  private static let (trainingColour, validationColour) = (0, 1)

  /// nil before the first epoch has ended.
  var curves: ReportView.Curves? {
    guard !epochs.isEmpty else { return nil }
    var charts = [
      chart("Loss") { $0.loss }, chart("ELBO") { $0.elbo },
    ]
    charts += termNames.map { name in chart(termTitle(name)) { $0.terms[name] } }
    if !steps.isEmpty { charts.append(stepChart) }
    charts += optimizerCharts
    charts.append(throughput)
    return ReportView.Curves(caption: warmUpCaption, charts: charts.map(ChartDrawing.init), table: epochTable)
  }

  private func chart(_ title: String, _ value: (ObjectiveReport) -> Double?) -> LineChart {
    LineChart(
      title, unit: "nats",
      series: [
        LineChart.Series("training", colour: Self.trainingColour, points { value($0.training) }),
        LineChart.Series("validation", colour: Self.validationColour, points { $0.validation.flatMap(value) }),
      ], band: warmUpEnd.map { LineChart.Band("warm-up", upTo: Double($0.epoch) + 0.5) })
  }

  /// A point for each epoch that has a value.
  func points(_ value: (EpochReport) -> Double?) -> [LineChart.Point] {
    epochs.compactMap { epoch in value(epoch).map { LineChart.Point(Double(epoch.epoch), $0) } }
  }

  private var stepChart: LineChart {
    LineChart(
      "Loss by step", xName: "step", unit: "nats",
      series: [
        LineChart.Series(
          "batch", colour: Self.trainingColour, steps.map { LineChart.Point(Double($0.step), $0.loss) })
      ], band: warmUpEnd.map { LineChart.Band("warm-up", upTo: Double($0.step)) })
  }

  /// Of what earlier versions did not record there are no charts; a rate that stays is said in words.
  private var optimizerCharts: [LineChart] {
    let (rates, norms) = (points { $0.learningRate }, points { $0.gradientNorm })
    var charts: [LineChart] = []
    if Set(rates.map(\.y)).count > 1 {
      charts.append(
        LineChart("Learning rate", unit: "", series: [LineChart.Series("last step", colour: 2, rates)]))
    }
    if !norms.isEmpty {
      charts.append(
        LineChart(
          "Norm of the gradient", unit: "",
          series: [LineChart.Series("mean of the epoch, before clipping", colour: 2, norms)]))
    }
    return charts
  }

  private var throughput: LineChart {
    var chart = LineChart(
      "Throughput", unit: "rows/s",
      series: [LineChart.Series("all ranks", colour: 2, points { $0.imagesPerSecond })])
    chart.startsAtZero = true
    return chart
  }

  /// The last epoch in which a divergence had not its final weight.
  private var warmUpEnd: EpochReport? {
    let warmUp = configuration.training.warmUp
    return epochs.last {
      $0.warmUpCore < warmUp.coreFinal || ($0.warmUpModality ?? warmUp.modalityFinal) < warmUp.modalityFinal
    }
  }

  private var warmUpCaption: String? {
    guard warmUpEnd != nil else { return nil }
    let warmUp = configuration.training.warmUp
    let ends =
      warmUp.modality.map {
        "those of the modalities have their final weight from epoch \($0) on, that of the core from epoch \(warmUp.core)"
      } ?? "they have their final weight from epoch \(warmUp.core) on"
    return "Shaded is the warm-up, in which divergences count only in part: \(ends). "
      + "The loss may rise meanwhile; the ELBO always counts them fully."
  }

  private var epochTable: TableView {
    var table = TableView(
      header: [
        "epoch", "training loss", "validation loss", "training ELBO", "validation ELBO", "rows/s", "time",
      ])
    for epoch in epochs {
      table.add(
        "\(epoch.epoch)", NumberText.fixed(epoch.training.loss, 2), text(epoch.validation?.loss),
        NumberText.fixed(epoch.training.elbo, 2), text(epoch.validation?.elbo),
        NumberText.fixed(epoch.imagesPerSecond, 0), NumberText.duration(epoch.seconds))
    }
    return table
  }

  private func text(_ value: Double?) -> String { value.map { NumberText.fixed($0, 2) } ?? "-" }
}

/// `log-likelihood of image` from `log_likelihood/image`.
func termTitle(_ name: String) -> String {
  let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
  guard parts.count == 2 else { return name }
  // A family with several bounds says of which: log_likelihood/joint/image.
  let of = parts[1].split(separator: "/", maxSplits: 1).reversed().joined(separator: ", bound of ")
  switch parts[0] {
  case "log_likelihood": return "Log-likelihood of \(of)"
  case "kl": return "Divergence (KL) of \(of)"
  default: return name
  }
}
