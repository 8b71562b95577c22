import Evaluation

/// What a model makes of one row, or in one draw.
struct DecodedRow: Encodable {
  /// Of the split, or the number of the draw.
  let row: Int
  /// In words; nil where there is nothing to compare with.
  let observed: String?
  /// In words.
  let decoded: String
  /// Of the decoded distribution: probabilities of classes, of ones, or means in the unit of the source.
  let means: [Float]
}

extension [DecodedRow] {
  /// - Parameters:
  ///   - modality: the name of what was decoded.
  ///   - key: what `row` counts.
  func table(of modality: String, key: String) -> String {
    let isCompared = contains { $0.observed != nil }
    let columns = isCompared ? [key, modality, "decoded"] : [key, modality]
    var table = TextTable(header: columns, textColumns: columns.count)
    for row in self { table.add(["\(row.row)"] + (row.observed.map { [$0] } ?? []) + [row.decoded]) }
    return table.text
  }
}
