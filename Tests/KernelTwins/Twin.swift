/// Every kernel once more, as its formula reads: one number at a time, in single precision, with the system's
/// functions. What a kernel computes is checked against it, and what the kernel gains is measured by it.
///
/// Arguments are the kernels' own.
package enum Twin {}

/// Numbers in double precision, row by row, for twins whose rounding does not count.
package typealias Table = [[Double]]

/// A table of `value(row, column)`.
package func table(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Double = { _, _ in 0 }) -> Table {
  (0..<rows).map { r in (0..<columns).map { c in value(r, c) } }
}
