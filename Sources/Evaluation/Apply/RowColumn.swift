internal import Storage

/// What there is of every row under one name.
struct RowColumn: Equatable {
  /// In the file, such as `mean/image`.
  let path: String
  /// Of one row; empty for a single number.
  let shape: [Int]
  let type: ElementType

  init(_ path: String, _ shape: [Int], _ type: ElementType) {
    (self.path, self.shape, self.type) = (path, shape, type)
  }

  /// A single number.
  init(_ path: String, _ type: ElementType) { self.init(path, [], type) }

  var rowByteCount: Int { shape.reduce(type.byteCount, *) }
}

/// A column's rows of one unit, one after the other.
final class ColumnBuffer {
  let column: RowColumn
  private(set) var bytes: [UInt8] = []

  init(_ column: RowColumn) { self.column = column }

  func append<Element: StorableElement>(_ values: [Element]) {
    precondition(
      Element.elementType == column.type && values.count == column.shape.reduce(1, *), "a row of \(column.path)")
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  func append(_ value: some StorableElement) { append([value]) }

  func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// Something that is computed of every row, on its own: the scores, what is imputed, the latents.
protocol RowProduct: AnyObject {
  /// One for each column, always in the same order.
  var buffers: [ColumnBuffer] { get }
  /// Takes up to `RowBlocks.rowCount` rows.
  /// - Throws: what reading throws.
  func begin(_ block: RowBlock) throws
  /// Appends a row of every column. What it is depends on the row alone.
  /// - Parameter row: of those begun with, counted from 0.
  func add(row: Int)
}
