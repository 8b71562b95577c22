internal import Evaluation
internal import Foundation
internal import Pictures

extension ReportView.Evaluation.Part {
  init(_ evaluation: RunRecord.Evaluation) {
    let report = evaluation.report
    heading = evaluation.file == "evaluation.json" ? "Likelihoods" : evaluation.file
    caption =
      "Epoch \(report.epoch), \(NumberText.count(report.rows)) \(report.split) rows, importance sampling with "
      + "\(NumberText.count(report.samples)) draws a row; means in nats. Took \(NumberText.duration(report.seconds)) on "
      + "\(report.worldSize) ranks."
    var likelihoods = TableView(
      header: ["quantity", "proposed from", "this run", "std. error", "paper, \(report.family)"], words: 2)
    for line in report.likelihoods {
      likelihoods.add(
        line.quantity, line.source, NumberText.fixed(line.mean, 2),
        line.standardError.map { "± \(NumberText.fixed($0, 2))" } ?? "-",
        line.paper.map { NumberText.fixed($0, 2) } ?? "-")
    }
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
    tables = [likelihoods, others]
  }
}

/// A picture as the template `picture` wants it.
struct PictureView {
  let title: String
  let description: String
  let lines: [String]
  let hasLines: Bool
  let columns: String?
  /// A PNG as a `data:` address.
  let data: String
  let width: Int
  let height: Int

  /// About as wide as a picture should be on a page.
  private static let widthOnPage = 520

  /// - Throws: `PictureError` when it cannot be made a PNG.
  init(_ picture: GalleryPicture) throws {
    let scale = max(1, min(3, Self.widthOnPage / picture.picture.width))
    (width, height) = (picture.picture.width * scale, picture.picture.height * scale)
    title = picture.title
    lines = picture.lines
    hasLines = !lines.isEmpty
    columns = picture.columns.isEmpty ? nil : "Columns: \(picture.columns.joined(separator: ", "))"
    let named = lines.filter { !$0.isEmpty }
    description =
      picture.title + (named.isEmpty ? "" : "; lines from the top: \(named.joined(separator: ", "))")
      + (columns.map { "; \($0)" } ?? "")
    data = "data:image/png;base64,\(Data(try picture.picture.png()).base64EncodedString())"
  }
}

/// A confusion matrix as the template `confusion` wants it.
struct ConfusionView {
  struct Row {
    let name: String
    let cells: [Cell]
  }

  struct Cell {
    let count: String
    /// 0 to 5, by the share of its line.
    let shade: Int
    let isRight: Bool
    let text: String
  }

  let heading: String
  let caption: String
  let names: [String]
  let rows: [Row]

  init(_ confusion: Confusion) {
    heading = "Confusion: \(confusion.modality) from \(confusion.given.joined(separator: ", "))"
    let share = Double(confusion.right) / Double(max(confusion.total, 1))
    caption =
      "What the model takes the \(confusion.modality) for when it sees only \(confusion.given.joined(separator: ", ")): "
      + "\(NumberText.count(confusion.right)) of \(NumberText.count(confusion.total)) rows "
      + "(\(NumberText.percent(share))) are right."
    let names = confusion.classNames
    self.names = names
    rows = confusion.counts.enumerated().map { observed, counts in
      let total = max(counts.reduce(0, +), 1)
      return Row(
        name: names[observed],
        cells: counts.enumerated().map { decoded, count in
          let part = Double(count) / Double(total)
          return Cell(
            count: count == 0 ? "" : "\(count)", shade: count == 0 ? 0 : min(5, 1 + Int(part * 5)),
            isRight: observed == decoded, text: "\(names[observed]) taken for \(names[decoded]): \(count)")
        })
    }
  }
}

extension ModelFindings {
  /// Groups that have pictures; one that cannot be made a PNG is not there.
  var pictureGroups: [ReportView.Pictures] {
    let checkpoint = "Drawn by the model after epoch \(epoch)."
    let groups = [
      ("Draws", "\(checkpoint) Every line of a class begins with the same noise.", draws),
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
