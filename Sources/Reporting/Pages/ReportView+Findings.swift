internal import Evaluation

extension ReportView.Evaluation.Part {
  init(_ evaluation: RunRecord.Evaluation) {
    let report = evaluation.report
    heading = evaluation.file == "evaluation.json" ? "Likelihoods" : evaluation.file
    caption =
      "Epoch \(report.epoch), \(NumberText.count(report.rows)) \(report.split) rows, importance sampling with "
      + "\(NumberText.count(report.samples)) draws a row; means in nats. Took \(NumberText.duration(report.seconds)) on "
      + "\(NumberText.count(report.worldSize, "rank"))."
      + report.notesOnTable.map { " Note: \($0)." }.joined()
    var others = TableView("ELBO, its terms, and what else was measured", header: ["quantity", "value", "std. error"])
    others.add("ELBO, nats", NumberText.fixed(report.objective.elbo, 2), "")
    for term in report.objective.terms.sorted(by: { $0.key < $1.key }) {
      others.add("\(termTitle(term.key)), nats", NumberText.fixed(term.value, 2), "")
    }
    for accuracy in report.accuracies {
      others.add(
        "\(accuracy.modality) from \(accuracy.given.joined(separator: ", ")), right",
        NumberText.percent(accuracy.accuracy), accuracy.standardError.map { "± \(NumberText.percent($0))" } ?? "-")
    }
    for units in report.activeUnits {
      others.add("active units of \(units.latent)", "\(units.active) of \(units.count)", "")
    }
    tables = [TableView(likelihoodsOf: report), others] + (report.measures.map { [TableView(measures: $0)] } ?? [])
  }
}

extension TableView {
  fileprivate init(likelihoodsOf report: EvaluationReport) {
    let hasMixture = report.mixture != nil
    self.init(
      header: ["quantity", "proposed from", "this run", "std. error"]
        + (hasMixture ? ["under the mixture", "std. error"] : []) + ["paper, \(report.family)"], words: 2)
    func cells(_ mean: Double?, _ standardError: Double?) -> [String] {
      [mean.map { NumberText.fixed($0, 2) } ?? "-", standardError.map { "± \(NumberText.fixed($0, 2))" } ?? "-"]
    }
    func underMixture(_ estimate: MixtureEstimate?) -> [String] {
      hasMixture ? cells(estimate?.mean, estimate?.standardError) : []
    }
    for line in report.likelihoods {
      add(
        [line.quantity, line.source] + cells(line.mean, line.standardError) + underMixture(line.mixture)
          + [line.paper.map { NumberText.fixed($0, 2) } ?? "-"])
    }
    for floor in report.floors ?? [] {
      add([floor.quantity, "-"] + cells(floor.mean, floor.standardError) + underMixture(nil) + ["-"])
    }
  }

  fileprivate init(measures: [MeasureEstimate]) {
    self.init(
      "Measures, and the accuracy on test rows of the classifiers that judged",
      header: MeasureEstimate.header, words: MeasureEstimate.textColumns)
    for measure in measures {
      let text = measure.text
      add(
        measure.measure.rawValue, measure.of, measure.source, text.value.replacing("-", with: "−"),
        text.standardError == "-" ? "-" : "± \(text.standardError)", NumberText.count(measure.rows),
        text.classifierAccuracy)
    }
  }
}

extension ModelFindings {
  /// Groups that have pictures; one that cannot be made a PNG is not there.
  var pictureGroups: [ReportView.Pictures] {
    let drawn = "Drawn by the model after epoch \(epoch)."
    let hasClasses = draws.contains { !$0.lines.isEmpty }
    let groups = [
      ("Draws", drawn + (hasClasses ? " The lines of all classes begin with the same noise." : ""), draws),
      (
        "Reconstructions and translations",
        "The first rows of the data, above what the model makes of them when it sees all modalities, and above what it "
          + "imagines when it sees only another one, three draws each.",
        (rows?.reconstructions ?? []) + (rows?.translations ?? [])
      ),
    ]
    return groups.compactMap { heading, caption, pictures in
      let items = pictures.compactMap { try? PictureView($0) }
      return items.isEmpty ? nil : ReportView.Pictures(heading: heading, caption: caption, items: items)
    }
  }
}
