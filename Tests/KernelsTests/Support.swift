import KernelTwins
import Kernels
import TestSupport
import Testing

/// Nothing, less than a register, one register, more than one, one tile, more than one, more than two.
let awkwardSizes = [0, 1, 7, 8, 9, 17, 64, 65, 130]

/// Numbers in `range` as the kernels see them: rounded to single precision.
func randomTable(_ rows: Int, _ columns: Int, _ range: ClosedRange<Double> = -1...1, seed: UInt64) -> Table {
  var numbers = Numbers(seed: seed)
  return table(rows, columns) { _, _ in Double(Float(numbers.uniform(range))) }
}

/// Inputs that keep away from 0, where two of the activations have a kink that central differences would cross.
func randomInputs(_ rows: Int, _ columns: Int, seed: UInt64) -> Table {
  randomTable(rows, columns, -6...6, seed: seed).map { $0.map { abs($0) < 1e-3 ? 0.5 : $0 } }
}

/// A matrix with NaN all around it: one that is read shows in the result, one that is overwritten in `isIntact`.
///
/// Its memory is never freed, because a view does not keep memory alive.
struct GuardedMatrix {
  let view: Matrix
  private let memory: UnsafeMutableBufferPointer<Float>

  /// - Parameter gap: floats between rows.
  init(_ values: Table, columns: Int? = nil, gap: Int = 0) {
    let (rows, columns) = (values.count, columns ?? values.first?.count ?? 0)
    let stride = columns + gap
    memory = .allocate(capacity: 16 + rows * stride + 16)
    memory.initialize(repeating: .nan)
    view = Matrix(memory.baseAddress! + 16, rows: rows, columns: columns, stride: stride)
    for (r, row) in values.enumerated() {
      for (c, value) in row.enumerated() { view[r, c] = Float(value) }
    }
  }

  /// A matrix of one value, which the kernel is to overwrite.
  init(_ rows: Int, _ columns: Int, filledWith value: Double = 77, gap: Int = 0) {
    self.init(table(rows, columns) { _, _ in value }, columns: columns, gap: gap)
  }

  var values: Table { (0..<view.rows).map { r in (0..<view.columns).map { Double(view[r, $0]) } } }

  var isIntact: Bool {
    let start = view.base - memory.baseAddress!
    return memory.indices.allSatisfy { i in
      let (row, column) = max(0, i - start).quotientAndRemainder(dividingBy: max(view.stride, 1))
      let isInside = i >= start && row < view.rows && column < view.columns
      return isInside || memory[i].bitPattern == Float.nan.bitPattern
    }
  }
}

/// Memory for doubles that a kernel fills, never freed either.
func doubles(_ count: Int, filledWith value: Double = 0) -> UnsafeMutableBufferPointer<Double> {
  let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(count, 1))
  buffer.initialize(repeating: value)
  return UnsafeMutableBufferPointer(rebasing: buffer[..<count])
}

/// The address of a row of floats, never freed either.
func floats(_ values: [Double]) -> UnsafeMutablePointer<Float> { GuardedMatrix([values]).view.base }

/// Every element within `tolerance · max(1, |expected|)`, and nothing written outside.
func expectClose(
  _ found: GuardedMatrix, _ expected: Table, tolerance: Double, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.isIntact, "\(name): wrote outside the matrix", sourceLocation: sourceLocation)
  expectClose(
    found.values.flatMap(\.self), expected.flatMap(\.self), tolerance: tolerance, name, sourceLocation: sourceLocation)
}

/// Every element within `tolerance · max(1, |expected|)`.
func expectClose(
  _ found: some Collection<Double>, _ expected: some Collection<Double>, tolerance: Double, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(name): the counts differ", sourceLocation: sourceLocation)
  // Written so that NaN is a failure.
  let wrong = zip(found, expected).enumerated().first { _, pair in
    !(abs(pair.0 - pair.1) <= tolerance * max(1, abs(pair.1)))
  }
  #expect(wrong == nil, "\(name): index, found, expected; allowed \(tolerance)", sourceLocation: sourceLocation)
}

/// How far a sum of `terms` products of numbers up to 1 may be off: every addition rounds a partial sum of about
/// √terms to 24 bits, and the errors are allowed to add up.
func sumTolerance(terms: Int) -> Double { 0x1p-23 * Double(terms + 1) * Double(terms + 1).squareRoot() }

/// Compares a gradient with central differences of a twin in double precision along a random direction.
///
/// A step of 1e-5 leaves an error of about 1e-10 from the third derivative and 1e-11 from rounding; `tolerance` has to
/// cover the single precision of `gradient`.
func expectGradient(
  _ gradient: [Double], of loss: ([Double]) -> Double, at point: [Double], seed: UInt64, tolerance: Double,
  step: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(gradient.count == point.count, sourceLocation: sourceLocation)
  var numbers = Numbers(seed: seed)
  let direction = numbers.unitVector(point.count)
  func along(_ t: Double) -> Double { loss(zip(point, direction).map { $0 + t * $1 }) }
  let numeric = (along(step) - along(-step)) / (2 * step)
  let analytic = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
  #expect(
    abs(numeric - analytic) <= tolerance * max(1, abs(numeric)),
    "numeric \(numeric), analytic \(analytic), seed \(seed)", sourceLocation: sourceLocation)
}
