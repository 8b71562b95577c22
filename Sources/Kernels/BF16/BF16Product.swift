internal import BF16Kernels

/// The products of a linear layer with bf16 operands. Weights are rounded already; rows of the batch are rounded as
/// they are put into the order that the instructions want. All work in blocks that fit into the second-level cache.
///
/// The instructions' first operand is read where it lies, the second one from panels:
///
///     y = x Wᵀ     yᵀ = W xᵀ: W as it lies, panels of x       (a weight is read once for all rows of a block)
///     dx = dy W    rows of dy, panels of W
///     dW = dyᵀ x   rows of dyᵀ, panels of x
package struct BF16Product {
  private let engine: BF16.Engine?
  private let scratch: BF16Arena

  /// Numbers of one operand of a block.
  private static let blockSize = 128 * 1024
  /// A block's rows, or columns of a weight, are a multiple of it, and at least as many.
  private static let blockRows = 32

  /// - Parameter scratch: room for `scratchCount` numbers.
  package init(_ scratch: BF16Arena, engine: BF16.Engine? = .best) { (self.scratch, self.engine) = (scratch, engine) }

  /// Numbers of scratch memory that the products of a weight `[outputs, inputs]` need, whatever the rows of a
  /// batch.
  package static func scratchCount(outputs: Int, inputs: Int) -> Int {
    let (o, i) = (BF16.rowStride(outputs), BF16.rowStride(inputs))
    return 2 * max(blockSize, 2 * blockRows * max(o, i))
  }

  /// Rows of a block whose operand has so many numbers a row.
  private static func rows(of width: Int, atMost most: Int) -> Int {
    min(most, max(1, blockSize / (blockRows * max(width, 1))) * blockRows)
  }

  private func checkScratch(outputs: Int, inputs: Int) {
    precondition(scratch.count >= Self.scratchCount(outputs: outputs, inputs: inputs), "too little scratch memory")
  }

  /// `y = x Wᵀ`, or `+=`.
  package func multiply(_ x: Matrix, transposed weight: RoundedWeight, into y: Matrix, accumulating: Bool) {
    checkScratch(outputs: y.columns, inputs: x.columns)
    let block = Self.rows(of: BF16.wholeGroups(x.columns), atMost: max(x.rows, 1))
    for first in stride(from: 0, to: x.rows, by: block) {
      let (x, y) = (x.rows(first..<min(first + block, x.rows)), y.rows(first..<min(first + block, y.rows)))
      bf16_panels_transposed(x.base, x.stride, Int32(x.columns), Int32(x.rows), scratch.base)
      bf16_product(
        BF16.Engine.number(engine), weight.base, weight.stride, Int32(y.columns), Int32(x.columns), scratch.base,
        Int32(x.rows), result(y, accumulating: accumulating, transposed: true))
    }
  }

  /// `dx = dy W`, or `+=`.
  package func multiply(_ dy: Matrix, _ weight: RoundedWeight, into dx: Matrix, accumulating: Bool) {
    checkScratch(outputs: dy.columns, inputs: dx.columns)
    let width = BF16.rowStride(dy.columns)
    let (rowBlock, columnBlock) = (
      Self.rows(of: width, atMost: max(dy.rows, 1)), Self.rows(of: width, atMost: min(dx.columns, 128))
    )
    let panels = scratch.base + scratch.count / 2
    for first in stride(from: 0, to: dy.rows, by: rowBlock) {
      let rows = first..<min(first + rowBlock, dy.rows)
      let (dy, dx) = (dy.rows(rows), dx.rows(rows))
      bf16_rows(dy.base, dy.stride, Int32(dy.rows), Int32(dy.columns), scratch.base)
      for column in stride(from: 0, to: dx.columns, by: columnBlock) {
        let dx = dx.columns(column..<min(column + columnBlock, dx.columns))
        bf16_panels_of_rounded(
          weight.base + column, weight.stride, Int32(dy.columns), Int32(dx.columns), panels)
        bf16_product(
          BF16.Engine.number(engine), scratch.base, width, Int32(dy.rows), Int32(dy.columns), panels, Int32(dx.columns),
          result(dx, accumulating: accumulating))
      }
    }
  }

  /// `dW = dyᵀ x`, or `+=`.
  package func multiply(transposed dy: Matrix, _ x: Matrix, into gradient: Matrix, accumulating: Bool) {
    checkScratch(outputs: dy.columns, inputs: x.columns)
    let block = Self.rows(of: 2 * BF16.rowStride(max(dy.columns, x.columns)), atMost: max(dy.rows, 1))
    let panels = scratch.base + scratch.count / 2
    for first in stride(from: 0, to: dy.rows, by: block) {
      let rows = first..<min(first + block, dy.rows)
      let (dy, x) = (dy.rows(rows), x.rows(rows))
      bf16_rows_transposed(dy.base, dy.stride, Int32(dy.columns), Int32(dy.rows), scratch.base)
      bf16_panels(x.base, x.stride, Int32(x.rows), Int32(x.columns), panels)
      bf16_product(
        BF16.Engine.number(engine), scratch.base, BF16.rowStride(dy.rows), Int32(dy.columns), Int32(dy.rows), panels,
        Int32(x.columns), result(gradient, accumulating: accumulating || first > 0))
    }
  }

  private func result(_ matrix: Matrix, accumulating: Bool, transposed: Bool = false) -> bf16_result {
    bf16_result(
      base: matrix.base, stride: matrix.stride, accumulating: accumulating ? 1 : 0, transposed: transposed ? 1 : 0)
  }
}
