internal import COpenBLAS
internal import Synchronization

// B rows of the batch, I inputs, O outputs. Weights are [O, I].

// A sum without terms gives zeros, or adds nothing.

/// `y = x Wᵀ`, or `y += x Wᵀ`.
/// - Parameters: x `[B, I]`, weight `[O, I]`, y `[B, O]`.
package func multiply(_ x: Matrix, transposed weight: Matrix, into y: Matrix, accumulating: Bool = false) {
  precondition(x.columns == weight.columns && y.columns == weight.rows && x.rows == y.rows, "shapes do not fit")
  Product(x, weight, into: y, depth: x.columns, transposingB: true).run(accumulating: accumulating)
}

/// `dx = dy W`, or `dx += dy W`.
/// - Parameters: dy `[B, O]`, weight `[O, I]`, dx `[B, I]`.
package func multiply(_ dy: Matrix, _ weight: Matrix, into dx: Matrix, accumulating: Bool = false) {
  precondition(dy.columns == weight.rows && dx.columns == weight.columns && dy.rows == dx.rows, "shapes do not fit")
  Product(dy, weight, into: dx, depth: dy.columns).run(accumulating: accumulating)
}

/// `dW = dyᵀ x`, or `dW += dyᵀ x`.
/// - Parameters: dy `[B, O]`, x `[B, I]`, gradient `[O, I]`.
package func multiply(transposed dy: Matrix, _ x: Matrix, into gradient: Matrix, accumulating: Bool) {
  precondition(
    dy.columns == gradient.rows && x.columns == gradient.columns && dy.rows == x.rows, "shapes do not fit")
  Product(dy, x, into: gradient, depth: dy.rows, transposingA: true).run(accumulating: accumulating)
}

/// `y = x Wᵀ`, or `+=`, in the precision of the weight.
/// - Parameters: x `[B, I]`, weight `[O, I]`, y `[B, O]`.
package func multiply(_ x: Matrix, transposed weight: WeightMatrix, into y: Matrix, accumulating: Bool = false) {
  guard let rounded = weight.rounded else {
    return multiply(x, transposed: weight.values, into: y, accumulating: accumulating)
  }
  precondition(x.columns == weight.columns && y.columns == weight.rows && x.rows == y.rows, "shapes do not fit")
  if hasTerms(x.columns, into: y, accumulating: accumulating) {
    BF16Product(rounded.scratch).multiply(x, transposed: rounded, into: y, accumulating: accumulating)
  }
}

/// `dx = dy W`, or `+=`, in the precision of the weight.
/// - Parameters: dy `[B, O]`, weight `[O, I]`, dx `[B, I]`.
package func multiply(_ dy: Matrix, _ weight: WeightMatrix, into dx: Matrix, accumulating: Bool = false) {
  guard let rounded = weight.rounded else {
    return multiply(dy, weight.values, into: dx, accumulating: accumulating)
  }
  precondition(dy.columns == weight.rows && dx.columns == weight.columns && dy.rows == dx.rows, "shapes do not fit")
  if hasTerms(dy.columns, into: dx, accumulating: accumulating) {
    BF16Product(rounded.scratch).multiply(dy, rounded, into: dx, accumulating: accumulating)
  }
}

/// `dW = dyᵀ x`, or `dW += dyᵀ x`, in bf16 if there is room for rounded operands.
/// - Parameters: dy `[B, O]`, x `[B, I]`, gradient `[O, I]`.
package func multiply(
  transposed dy: Matrix, _ x: Matrix, into gradient: Matrix, accumulating: Bool, rounding scratch: BF16Arena?
) {
  guard let scratch else {
    return multiply(transposed: dy, x, into: gradient, accumulating: accumulating)
  }
  precondition(
    dy.columns == gradient.rows && x.columns == gradient.columns && dy.rows == x.rows, "shapes do not fit")
  if hasTerms(dy.rows, into: gradient, accumulating: accumulating) {
    BF16Product(scratch).multiply(transposed: dy, x, into: gradient, accumulating: accumulating)
  }
}

/// Counts a product. Without terms there is none: the result is zero, or stays.
private func hasTerms(_ depth: Int, into c: Matrix, accumulating: Bool) -> Bool {
  if depth == 0 && !accumulating { c.fill(0) }
  ProductTally.add(c.count * depth)
  return c.count > 0 && depth > 0
}

/// Counts the multiply-adds of all products of this process, for whoever asks what a step costs.
package enum ProductTally {
  private static let count = Atomic<Int>(0)

  package static var multiplyAdds: Int { count.load(ordering: .relaxed) }

  static func add(_ multiplyAdds: Int) { count.add(multiplyAdds, ordering: .relaxed) }
}

/// `c = op(a) op(b)`, through OpenBLAS: in one call, or in tiles small enough for its kernels without packing.
package struct Product {
  private let a: Matrix
  private let b: Matrix
  private let c: Matrix
  private let depth: Int
  private let transposingA: Bool
  private let transposingB: Bool

  /// - Parameter depth: how many terms each sum has.
  package init(
    _ a: Matrix, _ b: Matrix, into c: Matrix, depth: Int, transposingA: Bool = false, transposingB: Bool = false
  ) {
    (self.a, self.b, self.c, self.depth) = (a, b, c, depth)
    (self.transposingA, self.transposingB) = (transposingA, transposingB)
  }

  /// - Parameter tile: of any size; the best if nil.
  package func run(accumulating: Bool, in tile: ProductTile? = nil) {
    guard hasTerms(depth, into: c, accumulating: accumulating) else { return }
    let tile = tile ?? ProductTile.best(for: whole, transposingB: transposingB)
    whole.forEach(tile) { row, column, term, size in
      call(row, column, term, size, accumulating: accumulating || term > 0)
    }
  }

  package var whole: ProductTile { ProductTile(rows: c.rows, columns: c.columns, depth: depth) }

  @inline(__always)
  private func call(_ row: Int, _ column: Int, _ k: Int, _ tile: ProductTile, accumulating: Bool) {
    cblas_sgemm(
      CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
      blasint(tile.rows), blasint(tile.columns), blasint(tile.depth), 1,
      a.base + (transposingA ? k * a.stride + row : row * a.stride + k), leading(a),
      b.base + (transposingB ? column * b.stride + k : k * b.stride + column), leading(b),
      accumulating ? 1 : 0, c.base + row * c.stride + column, leading(c))
  }
}

/// BLAS wants a stride of at least the width, also for a single row.
private func leading(_ matrix: Matrix) -> blasint {
  precondition(matrix.stride > 0 || matrix.rows <= 1, "a repeated row cannot be an operand")
  return blasint(max(matrix.stride, matrix.columns))
}
