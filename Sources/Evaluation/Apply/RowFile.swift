internal import Foundation
internal import Storage

/// The result: an HDF5 file with a dataset for each column, and on request an array of NumPy for each.
struct RowFile {
  private let application: RowApplication
  private let rows: RecordedRows
  private let percentiles: Percentiles?

  init(_ application: RowApplication, _ rows: RecordedRows, _ percentiles: Percentiles?) {
    (self.application, self.rows, self.percentiles) = (application, rows, percentiles)
  }

  private var columns: [RowColumn] {
    rows.columns.filter { $0 != ScoreProduct.pattern } + (percentiles == nil ? [] : [Percentiles.column])
  }

  func write(to path: String, replacing: Bool) throws(StorageError) {
    try HDF5File.writeAtomically(to: path, replacing: replacing) { (file) throws(StorageError) in
      try application.setAttributes(of: file)
      for column in columns {
        try rows.write(column, to: file) { (take) throws(StorageError) in try forEachRun(column, take) }
      }
    }
  }

  /// Writes `mean-image.npy` for `mean/image`.
  func writeArrays(to directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    for column in columns {
      let path = "\(directory)/\(column.path.replacing("/", with: "-")).npy"
      try writeAtomically(to: path) { descriptor in
        try writeAll(
          npyHeader(column.type, shape: [rows.rowCount] + column.shape), to: descriptor, naming: path)
        try forEachRun(column) { (bytes) throws(StorageError) in try writeAll(bytes, to: descriptor, naming: path) }
      }
    }
  }

  /// The bytes of a column, some rows at a time.
  private func forEachRun(
    _ column: RowColumn, _ take: (_ bytes: [UInt8]) throws(StorageError) -> Void
  ) throws(StorageError) {
    guard column == Percentiles.column, let percentiles else {
      return try rows.forEachUnit([column]) { _, _, bytes throws(StorageError) in try take(bytes[0]) }
    }
    try rows.forEachUnit([ScoreProduct.score, ScoreProduct.pattern]) { _, _, bytes throws(StorageError) in
      let values = zip(bytes[0].numbers(Double.self), bytes[1].numbers(Int64.self)).map(percentiles.percentile)
      try take(values.withUnsafeBytes(Array.init))
    }
  }
}

extension RecordedRows {
  /// Writes a dataset, about half a megabyte at a time.
  /// - Parameter forEachRun: calls its argument with the rows' bytes, in order.
  func write(
    _ column: RowColumn, to file: borrowing HDF5File,
    _ forEachRun: ((_ bytes: [UInt8]) throws(StorageError) -> Void) throws(StorageError) -> Void
  ) throws(StorageError) {
    let dataset = try file.createDataset(column.path, shape: [rowCount] + column.shape, column.type)
    var (waiting, row): ([UInt8], Int) = ([], 0)
    try forEachRun { (bytes) throws(StorageError) in
      waiting += bytes
      guard waiting.count >= 512 << 10 else { return }
      try dataset.writeRows(from: row, as: column.type, waiting.span.bytes)
      row += waiting.count / column.rowByteCount
      waiting.removeAll(keepingCapacity: true)
    }
    try dataset.writeRows(from: row, as: column.type, waiting.span.bytes)
    try dataset.close()
  }
}

/// What an array of NumPy begins with (format version 1.0).
private func npyHeader(_ type: ElementType, shape: [Int]) -> [UInt8] {
  let word =
    switch type {
    case .uint8: "|u1"
    case .int32: "<i4"
    case .int64: "<i8"
    case .float32: "<f4"
    case .float64: "<f8"
    }
  let extents = shape.map { "\($0)," }.joined(separator: " ")
  let text = "{'descr': '\(word)', 'fortran_order': False, 'shape': (\(extents)), }"
  // Spaces and a line feed until the data are aligned.
  let padding = String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
  let length = (text + padding).utf8.count
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array((text + padding).utf8)
}
