/// Rows that are scored together, so that what belongs to a column is computed once for all of them.
let rowsPerBlock = 64

/// Calls `body` with one block of rows after another.
@inline(__always)
func forEachRowBlock(_ count: Int, _ body: (Range<Int>) -> Void) {
  for start in stride(from: 0, to: count, by: rowsPerBlock) { body(start..<min(start + rowsPerBlock, count)) }
}
