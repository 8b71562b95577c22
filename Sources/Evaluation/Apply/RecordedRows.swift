internal import Foundation
internal import Storage

/// Recorded rows of some segments with the same columns, one segment after the other.
struct RecordedRows {
  let columns: [RowColumn]
  let rowCount: Int
  let segments: [RowSegment]
  private let records: RecordFile
  private let order: UnitOrder
  /// The unit in which they begin.
  private let first: Int

  init(_ records: RecordFile, _ order: UnitOrder, _ segments: [RowSegment], first: Int) {
    (self.records, self.order, self.segments, self.first) = (records, order, segments, first)
    columns = segments.first?.columns ?? []
    rowCount = segments.reduce(0) { $0 + $1.rowCount }
  }

  /// Reads everything once.
  /// - Throws: `StorageError` when something is not as it was written.
  func verify() throws(StorageError) {
    for unit in 0..<order.count where !(try records.isWhole(unit)) {
      throw StorageError(
        .damaged, path: records.path, "record \(unit) is not what was written",
        advice: "Remove the file and begin anew")
    }
  }

  /// Calls `body` with the rows of some columns, some rows at a time.
  func forEachUnit(
    _ columns: [RowColumn],
    _ body: (_ segment: RowSegment, _ rows: Range<Int>, _ bytes: [[UInt8]]) throws(StorageError) -> Void
  ) throws(StorageError) {
    var unit = first
    for segment in segments {
      for number in 0..<segment.unitCount {
        let rows = segment.rows(ofUnit: number)
        var bytes: [[UInt8]] = []
        for column in columns { bytes.append(try records.read(unit: unit, range(of: column, rows: rows.count))) }
        try body(segment, rows, bytes)
        unit += 1
      }
    }
  }

  /// Where a column lies in a record.
  private func range(of column: RowColumn, rows: Int) -> Range<Int> {
    guard let place = columns.firstIndex(of: column) else { preconditionFailure("there is no column \(column.path)") }
    let start = rows * columns[..<place].reduce(0) { $0 + $1.rowByteCount }
    return start..<start + rows * column.rowByteCount
  }
}

extension [UInt8] {
  /// The numbers whose bytes these are.
  func numbers<Number: StorableElement>(_: Number.Type) -> [Number] {
    withUnsafeBytes { [Number]($0.bindMemory(to: Number.self)) }
  }
}
