internal import COpenBLAS

/// A symmetric matrix of doubles.
package struct SymmetricMatrix {
  package let order: Int
  /// Row by row, both halves.
  package let values: [Double]

  /// - Parameter values: row by row, both halves.
  package init(order: Int, _ values: [Double]) {
    precondition(values.count == order * order, "\(values.count) values for \(order) rows")
    (self.order, self.values) = (order, values)
  }

  package var trace: Double { (0..<order).reduce(0) { $0 + values[$1 * order + $1] } }

  /// In ascending order; not numbers where the matrix has some.
  package var eigenvalues: [Double] { decompose("N").values }

  /// Eigenvalues in ascending order, and eigenvectors, one behind another. What is not a number stays so.
  package func eigen() -> (values: [Double], vectors: [Double]) { decompose("V") }

  /// LAPACK's `dsyev`.
  private func decompose(_ job: String) -> (values: [Double], vectors: [Double]) {
    var (vectors, eigenvalues) = (values, [Double](repeating: .nan, count: order))
    guard order > 0, values.allSatisfy(\.isFinite) else { return (eigenvalues, vectors.map { _ in .nan }) }
    var (n, info): (blasint, blasint) = (blasint(order), 0)
    var workCount = blasint(66 * order)
    var work = [Double](repeating: 0, count: Int(workCount))
    dsyev_(job, "U", &n, &vectors, &n, &eigenvalues, &work, &workCount, &info, 1, 1)
    return info == 0 ? (eigenvalues, vectors) : (eigenvalues.map { _ in .nan }, vectors.map { _ in .nan })
  }

  /// `B A Bᵀ`.
  /// - Parameter factor: B, `[order, order]`, row by row.
  package func transformed(by factor: [Double]) -> SymmetricMatrix {
    var (half, whole) = (values, values)
    multiply(factor, values, into: &half, rows: order, columns: order, depth: order)
    multiply(half, factor, transposingB: true, into: &whole, rows: order, columns: order, depth: order)
    return SymmetricMatrix(order: order, whole)
  }
}
