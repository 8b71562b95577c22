internal import COpenBLAS

// B rows of the batch, I inputs, O outputs. Weights are [O, I].

// A sum without terms gives zeros, or adds nothing.

/// `y = x Wᵀ`.
/// - Parameters: x `[B, I]`, weight `[O, I]`, y `[B, O]`.
package func multiply(_ x: Matrix, transposed weight: Matrix, into y: Matrix) {
  precondition(x.columns == weight.columns && y.columns == weight.rows && x.rows == y.rows, "shapes do not fit")
  sgemm(CblasNoTrans, CblasTrans, m: y.rows, n: y.columns, k: x.columns, x, weight, y, accumulating: false)
}

/// `dx = dy W`, or `dx += dy W`.
/// - Parameters: dy `[B, O]`, weight `[O, I]`, dx `[B, I]`.
package func multiply(_ dy: Matrix, _ weight: Matrix, into dx: Matrix, accumulating: Bool = false) {
  precondition(dy.columns == weight.rows && dx.columns == weight.columns && dy.rows == dx.rows, "shapes do not fit")
  sgemm(
    CblasNoTrans, CblasNoTrans, m: dx.rows, n: dx.columns, k: dy.columns, dy, weight, dx, accumulating: accumulating)
}

/// `dW = dyᵀ x`, or `dW += dyᵀ x`.
/// - Parameters: dy `[B, O]`, x `[B, I]`, gradient `[O, I]`.
package func multiply(transposed dy: Matrix, _ x: Matrix, into gradient: Matrix, accumulating: Bool) {
  precondition(
    dy.columns == gradient.rows && x.columns == gradient.columns && dy.rows == x.rows, "shapes do not fit")
  sgemm(
    CblasTrans, CblasNoTrans, m: gradient.rows, n: gradient.columns, k: dy.rows, dy, x, gradient,
    accumulating: accumulating)
}

private func sgemm(
  _ transposeA: CBLAS_TRANSPOSE, _ transposeB: CBLAS_TRANSPOSE, m: Int, n: Int, k: Int, _ a: Matrix, _ b: Matrix,
  _ c: Matrix, accumulating: Bool
) {
  if k == 0 && !accumulating { c.fill(0) }
  guard m > 0, n > 0, k > 0 else { return }
  cblas_sgemm(
    CblasRowMajor, transposeA, transposeB, blasint(m), blasint(n), blasint(k), 1, a.base, leading(a), b.base,
    leading(b), accumulating ? 1 : 0, c.base, leading(c))
}

/// BLAS wants a stride of at least the width, also for a single row.
private func leading(_ matrix: Matrix) -> blasint {
  precondition(matrix.stride > 0 || matrix.rows <= 1, "a repeated row cannot be an operand")
  return blasint(max(matrix.stride, matrix.columns))
}
