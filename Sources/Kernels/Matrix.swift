/// A row-major matrix: a view of an arena, which it keeps alive.
///
/// A view costs next to nothing to make and to narrow. `stride` is the distance between rows in floats: larger than
/// `columns` for a block of columns of a wider matrix, and 0 to repeat one row.
package struct Matrix {
  package let base: UnsafeMutablePointer<Float>
  package let rows: Int
  package let columns: Int
  package let stride: Int
  /// Swift frees an object after its last use, not at the end of a scope: without this a view could outlive its memory.
  private let owner: FloatArena?

  /// - Parameter owner: what the memory belongs to; nil for memory that outlives the view anyway.
  package init(
    _ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil, owner: FloatArena? = nil
  ) {
    self.base = base
    self.owner = owner
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// Without elements; stands where a real matrix is put later.
  package static var empty: Matrix { Matrix(UnsafeMutablePointer(bitPattern: 64)!, rows: 0, columns: 0) }

  /// Number of elements.
  package var count: Int { rows * columns }
  package var isContiguous: Bool { stride == columns || rows <= 1 }

  @inline(__always)
  package func row(_ index: Int) -> UnsafeMutablePointer<Float> { base + index * stride }

  package subscript(row: Int, column: Int) -> Float {
    get { base[row * stride + column] }
    nonmutating set { base[row * stride + column] = newValue }
  }

  /// The rows of `range`.
  package func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Matrix(row(range.lowerBound), rows: range.count, columns: columns, stride: stride, owner: owner)
  }

  package func firstRows(_ count: Int) -> Matrix { rows(0..<count) }

  /// The columns of `range`.
  package func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return Matrix(base + range.lowerBound, rows: rows, columns: range.count, stride: stride, owner: owner)
  }

  /// The same elements as `[rows · columns / width, width]`: an image batch as one row per position.
  package func reshaped(columns width: Int) -> Matrix {
    precondition(isContiguous && count % width == 0, "cannot reshape \(rows)x\(columns) to width \(width)")
    return Matrix(base, rows: count / width, columns: width, owner: owner)
  }

  /// Row `index`, `count` times, without copying.
  package func repeating(row index: Int, count: Int) -> Matrix {
    Matrix(row(index), rows: count, columns: columns, stride: 0, owner: owner)
  }

  /// All elements, row by row.
  package var values: [Float] {
    (0..<rows).flatMap { UnsafeBufferPointer(start: row($0), count: columns) }
  }

  package func fill(_ value: Float) {
    for r in 0..<rows { row(r).update(repeating: value, count: columns) }
  }

  /// Copies the rows whose flag in `keep` (`[rows, 1]`) is not 0; the others become 0. Without flags all are copied.
  package func copy(from source: Matrix, keeping keep: Matrix?) {
    precondition(source.rows == rows && source.columns == columns, "copy between shapes that differ")
    for r in 0..<rows {
      if let keep, keep[r, 0] == 0 {
        row(r).update(repeating: 0, count: columns)
      } else {
        row(r).update(from: source.row(r), count: columns)
      }
    }
  }
}
