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
  /// Whether names above columns stand upright to fit.
  let isUpright: Bool
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
    isUpright = names.contains { $0.count > 3 }
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
