import Foundation
import KernelTwins
import Kernels
import Testing

/// The three matrix products of a linear layer against loops in double precision.
struct GemmTests {
  /// As ranks use it: with several threads OpenBLAS gets whole products, with one they are cut into tiles.
  init() { Threads.use(1) }

  /// Batch rows, inputs, outputs, floats between rows.
  struct Shape: CustomTestStringConvertible {
    let (rows, inputs, outputs, gap): (Int, Int, Int, Int)
    var testDescription: String { "\(rows)x\(inputs) to \(outputs), gap \(gap)" }

    init(_ rows: Int, _ inputs: Int, _ outputs: Int, gap: Int) {
      (self.rows, self.inputs, self.outputs, self.gap) = (rows, inputs, outputs, gap)
    }

    var x: Table { randomTable(rows, inputs, seed: 1) }
    var weight: Table { randomTable(outputs, inputs, seed: 2) }
    var dy: Table { randomTable(rows, outputs, seed: 3) }
  }

  static let shapes =
    awkwardSizes.flatMap { n in
      [0, 5].flatMap { [Shape(n, 9, 17, gap: $0), Shape(9, n, 17, gap: $0), Shape(9, 17, n, gap: $0)] }
    } + tiledShapes + [emptyShape]

  /// Of a rank without rows in the last, partial batch.
  private static let emptyShape = Shape(0, 530, 130, gap: 0)

  /// Products that are cut in rows, in columns and in depth, with thin rests of each.
  private static let tiledShapes = [
    Shape(97, 530, 130, gap: 0), Shape(33, 241, 513, gap: 5), Shape(300, 70, 65, gap: 0),
  ]

  @Test("y = x Wᵀ, set or added to", arguments: shapes, [false, true])
  func forward(_ s: Shape, accumulating: Bool) {
    let (x, weight) = (s.x, s.weight)
    let y = GuardedMatrix(s.rows, s.outputs, filledWith: 0.5, gap: s.gap)
    multiply(
      GuardedMatrix(x, columns: s.inputs, gap: s.gap).view,
      transposed: GuardedMatrix(weight, columns: s.inputs, gap: s.gap).view, into: y.view, accumulating: accumulating)
    let expected = table(s.rows, s.outputs) { b, o in
      (0..<s.inputs).reduce(accumulating ? 0.5 : 0) { $0 + x[b][$1] * weight[o][$1] }
    }
    expectClose(y, expected, tolerance: sumTolerance(terms: s.inputs))
  }

  @Test("dx = dy W, set or added to", arguments: shapes, [false, true])
  func inputGradient(_ s: Shape, accumulating: Bool) {
    let (dy, weight) = (s.dy, s.weight)
    let dx = GuardedMatrix(s.rows, s.inputs, filledWith: 0.5, gap: s.gap)
    multiply(
      GuardedMatrix(dy, columns: s.outputs, gap: s.gap).view,
      GuardedMatrix(weight, columns: s.inputs, gap: s.gap).view, into: dx.view, accumulating: accumulating)
    let expected = table(s.rows, s.inputs) { b, i in
      (0..<s.outputs).reduce(accumulating ? 0.5 : 0) { $0 + dy[b][$1] * weight[$1][i] }
    }
    expectClose(dx, expected, tolerance: sumTolerance(terms: s.outputs))
  }

  @Test("dW = dyᵀ x, set or added to; without rows the sum is empty", arguments: shapes, [false, true])
  func weightGradient(_ s: Shape, accumulating: Bool) {
    let (dy, x) = (s.dy, s.x)
    let gradient = GuardedMatrix(s.outputs, s.inputs, filledWith: 0.5, gap: s.gap)
    multiply(
      transposed: GuardedMatrix(dy, columns: s.outputs, gap: s.gap).view,
      GuardedMatrix(x, columns: s.inputs, gap: s.gap).view, into: gradient.view, accumulating: accumulating)
    let expected = table(s.outputs, s.inputs) { o, i in
      (0..<s.rows).reduce(accumulating ? 0.5 : 0) { $0 + dy[$1][o] * x[$1][i] }
    }
    expectClose(gradient, expected, tolerance: sumTolerance(terms: s.rows))
  }

  @Test("Products in tiles, on any processor: y = x Wᵀ, dx = dy W, dW = dyᵀ x", arguments: tiledShapes, [false, true])
  func tiled(_ s: Shape, accumulating: Bool) {
    let (x, weight, dy) = (s.x, s.weight, s.dy)
    let (xMatrix, weightMatrix, dyMatrix) = (
      GuardedMatrix(x, gap: s.gap).view, GuardedMatrix(weight, gap: s.gap).view, GuardedMatrix(dy, gap: s.gap).view
    )
    let start = accumulating ? 0.5 : 0
    func run(_ product: Product, transposingB: Bool = false) {
      let tile = ProductTile.best(for: product.whole, transposingB: transposingB, hasSmallKernels: true)
      #expect(tile != product.whole)
      product.run(accumulating: accumulating, in: tile)
    }

    let y = GuardedMatrix(s.rows, s.outputs, filledWith: 0.5, gap: s.gap)
    run(Product(xMatrix, weightMatrix, into: y.view, depth: s.inputs, transposingB: true), transposingB: true)
    let expectedY = table(s.rows, s.outputs) { b, o in
      (0..<s.inputs).reduce(start) { $0 + x[b][$1] * weight[o][$1] }
    }
    expectClose(y, expectedY, tolerance: sumTolerance(terms: s.inputs), "y")

    let dx = GuardedMatrix(s.rows, s.inputs, filledWith: 0.5, gap: s.gap)
    run(Product(dyMatrix, weightMatrix, into: dx.view, depth: s.outputs))
    let expectedInput = table(s.rows, s.inputs) { b, i in
      (0..<s.outputs).reduce(start) { $0 + dy[b][$1] * weight[$1][i] }
    }
    expectClose(dx, expectedInput, tolerance: sumTolerance(terms: s.outputs), "dx")

    let gradient = GuardedMatrix(s.outputs, s.inputs, filledWith: 0.5, gap: s.gap)
    run(Product(dyMatrix, xMatrix, into: gradient.view, depth: s.rows, transposingA: true))
    let expectedGradient = table(s.outputs, s.inputs) { o, i in
      (0..<s.rows).reduce(start) { $0 + dy[$1][o] * x[$1][i] }
    }
    expectClose(gradient, expectedGradient, tolerance: sumTolerance(terms: s.rows), "dW")
  }

  @Test("A block of columns of a wider matrix is an operand and a result like any other")
  func columnBlocks() {
    let (x, weight) = (randomTable(9, 20, seed: 4), randomTable(6, 7, seed: 5))
    let y = GuardedMatrix(9, 10)
    multiply(
      GuardedMatrix(x).view.columns(3..<10), transposed: GuardedMatrix(weight).view, into: y.view.columns(2..<8))
    let expected = table(9, 10) { b, o in
      2..<8 ~= o ? (0..<7).reduce(0) { $0 + x[b][3 + $1] * weight[o - 2][$1] } : 77
    }
    expectClose(y, expected, tolerance: sumTolerance(terms: 7))
  }

  @Test("Shapes that do not fit, and a repeated row as operand, end the program")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      multiply(
        GuardedMatrix(2, 3).view, transposed: GuardedMatrix(5, 4).view, into: GuardedMatrix(2, 5).view)
    }
    await #expect(processExitsWith: .failure) {
      multiply(
        GuardedMatrix(1, 3).view.repeating(row: 0, count: 2), transposed: GuardedMatrix(5, 3).view,
        into: GuardedMatrix(2, 5).view)
    }
  }

  /// In a process of its own: other tests count too.
  @Test("Every multiply-add is counted, and none twice")
  func tally() async {
    await #expect(processExitsWith: .success) {
      multiply(
        GuardedMatrix(97, 530).view, transposed: GuardedMatrix(130, 530).view, into: GuardedMatrix(97, 130).view)
      exit(ProductTally.multiplyAdds == 97 * 530 * 130 ? 0 : 1)
    }
  }
}
