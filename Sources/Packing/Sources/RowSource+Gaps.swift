/// Which rows lack an observation.
extension RowSource {
  /// Rows of which every number is `value` (NaN included) lack an observation.
  func lackingRows(of value: Double) throws -> RowSource {
    guard texts == nil else { return self }
    let width = rowElementCount
    var isThere = present ?? [Bool](repeating: true, count: rowCount)
    try forEachPresentBlock { rows, numbers in
      for (place, row) in rows.enumerated() {
        isThere[row] = numbers[(place * width)..<((place + 1) * width)]
          .contains { $0 != value && !($0.isNaN && value.isNaN) }
      }
    }
    return withPresence(isThere)
  }

  /// Rows for which `mask` has 0 lack an observation.
  /// - Parameter mask: a 0 or 1 for each row.
  func masked(by mask: RowSource) throws -> RowSource {
    guard mask.rowElementCount == 1, mask.rowCount == rowCount, mask.texts == nil else {
      throw PackingError(
        file: mask.place,
        "expected one number for each of the \(rowCount) rows of \(place), found the shape \(mask.shape)")
    }
    try mask.require("a mask has 1 for a row that has the modality, and 0 for one that lacks it") { $0 == 0 || $0 == 1 }
    var isThere = present ?? [Bool](repeating: true, count: rowCount)
    try mask.forEachBlock { first, numbers in
      for (place, number) in numbers.enumerated() where number != 1 { isThere[first + place] = false }
    }
    return withPresence(isThere)
  }

  func withPresence(_ isThere: [Bool]) -> RowSource {
    var result = self
    result.present = isThere.contains(false) ? isThere : nil
    return result
  }
}
