/// Which rows of a batch have something, such as a modality, and where these lie in matrices without the others: the
/// k-th selected row is row k there.
package struct RowSelection {
  /// Rows of the batch.
  package let rowCount: Int
  /// Rows that are selected.
  package let count: Int
  /// The selected rows in ascending order, from `start` on; nil if all are.
  private let indices: RowIndices?
  private let start: Int
  /// What the numbers in `indices` count from.
  private let firstRow: Int

  private init(rowCount: Int, count: Int, indices: RowIndices?, start: Int, firstRow: Int) {
    (self.rowCount, self.count, self.indices) = (rowCount, count, indices)
    (self.start, self.firstRow) = (start, firstRow)
  }

  /// All of `rowCount` rows.
  package static func all(_ rowCount: Int) -> RowSelection {
    RowSelection(rowCount: rowCount, count: rowCount, indices: nil, start: 0, firstRow: 0)
  }

  /// The first `count` rows of `indices`, of a batch of `rowCount`.
  package init(_ indices: RowIndices, count: Int, of rowCount: Int) {
    self.init(rowCount: rowCount, count: count, indices: indices, start: 0, firstRow: 0)
  }

  package var isAll: Bool { count == rowCount }

  /// The row of the batch that is the k-th selected one.
  @inline(__always)
  package subscript(place: Int) -> Int { indices.map { Int($0[start + place]) - firstRow } ?? place }

  /// Which of some rows of the batch are selected, as a selection among these; and their places among all selected ones.
  package func rows(_ range: Range<Int>) -> (selection: RowSelection, places: Range<Int>) {
    guard let indices else { return (.all(range.count), range) }
    let lower = (0..<count).first { self[$0] >= range.lowerBound } ?? count
    let upper = (lower..<count).first { self[$0] >= range.upperBound } ?? count
    let selection = RowSelection(
      rowCount: range.count, count: upper - lower, indices: indices, start: start + lower,
      firstRow: firstRow + range.lowerBound)
    return (selection, lower..<upper)
  }
}

/// Room for the numbers of selected rows.
package final class RowIndices {
  private let values: UnsafeMutableBufferPointer<Int32>

  package init(capacity: Int) {
    values = .allocate(capacity: capacity)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }

  @inline(__always)
  package subscript(place: Int) -> Int32 {
    get { values[place] }
    set { values[place] = newValue }
  }
}

extension Matrix {
  /// Takes the selected rows of a matrix over the whole batch: `[selection.count, columns]`. Rows whose flag in `keep`
  /// (`[rows of the batch, 1]`) is 0 become 0.
  package func gather(_ selection: RowSelection, of batch: Matrix, keeping keep: Matrix? = nil) {
    precondition(batch.rows == selection.rowCount && rows == selection.count && columns == batch.columns)
    for place in 0..<selection.count {
      let r = selection[place]
      if let keep, keep[r, 0] == 0 {
        row(place).update(repeating: 0, count: columns)
      } else {
        row(place).update(from: batch.row(r), count: columns)
      }
    }
  }

  /// Spreads rows of a selection over the whole batch: `[selection.rowCount, columns]`. All others, and those whose flag
  /// in `keep` is 0, become `filler`.
  package func scatter(
    _ selected: Matrix, of selection: RowSelection, keeping keep: Matrix? = nil, filler: Float = 0
  ) {
    precondition(rows == selection.rowCount && selected.rows == selection.count && columns == selected.columns)
    var next = 0
    for r in 0..<rows {
      let isSelected = next < selection.count && selection[next] == r
      if isSelected, keep.map({ $0[r, 0] != 0 }) ?? true {
        row(r).update(from: selected.row(next), count: columns)
      } else {
        row(r).update(repeating: filler, count: columns)
      }
      if isSelected { next += 1 }
    }
  }

  /// Adds the selected rows of a matrix over the whole batch.
  package func addGathered(_ selection: RowSelection, of batch: Matrix) {
    precondition(batch.rows == selection.rowCount && rows == selection.count && columns == batch.columns)
    for place in 0..<selection.count {
      let (sum, term) = (row(place), batch.row(selection[place]))
      for column in 0..<columns { sum[column] += term[column] }
    }
  }
}
