internal import COpenBLAS

/// `c = op(a) op(b)`, or `c += op(a) op(b)`, in double precision; matrices row by row without gaps.
/// - Parameters:
///   - rows, columns: those of c.
///   - depth: how many terms each sum has.
package func multiply(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, transposingA: Bool = false, transposingB: Bool = false,
  into c: UnsafeMutablePointer<Double>, rows: Int, columns: Int, depth: Int,
  accumulating: Bool = false
) {
  guard rows > 0, columns > 0 else { return }
  cblas_dgemm(
    CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans, blasint(rows),
    blasint(columns), blasint(depth), 1, a, blasint(max(1, transposingA ? rows : depth)), b,
    blasint(max(1, transposingB ? depth : columns)), accumulating ? 1 : 0, c, blasint(columns))
}
