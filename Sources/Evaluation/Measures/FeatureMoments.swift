internal import Kernels

/// Mean and covariance of features over rows, for the Fréchet distance. Rows are kept in groups, so that the standard
/// error of what is made of them can be estimated without any one group.
package struct FeatureMoments {
  /// Groups of the delete-a-group jackknife.
  static let groupCount = 10

  package let width: Int
  /// By group: the number of rows, the sums of the features, and the sums of their products, upper half, row by row.
  private(set) var sums: [Double]
  private var groupSize: Int { 1 + width + width * width }

  package init(width: Int) {
    self.width = width
    sums = [Double](repeating: 0, count: Self.groupCount * (1 + width + width * width))
  }

  /// Adds one row.
  /// - Parameter row: its number over all ranks, which decides its group.
  package mutating func add(_ features: UnsafePointer<Float>, row: Int) {
    let (start, width) = (row % Self.groupCount * groupSize, width)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let group = sums.baseAddress.map({ $0 + start }) else { return }
      group[0] += 1
      for i in 0..<width {
        let value = Double(features[i])
        group[1 + i] += value
        let products = group + 1 + width + i * width
        for j in i..<width { products[j] += value * Double(features[j]) }
      }
    }
  }

  /// Takes the sums of all ranks.
  mutating func share(_ sum: (UnsafeMutableBufferPointer<Double>) throws -> Void) rethrows {
    try sums.withUnsafeMutableBufferPointer { try sum($0) }
  }

  package var count: Int { (0..<Self.groupCount).reduce(0) { $0 + Int(sums[$1 * groupSize]) } }

  /// Mean and covariance, `count - 1` in its denominator, of all rows but those of one group.
  func gaussian(without left: Int? = nil) -> (mean: [Double], covariance: SymmetricMatrix) {
    var total = [Double](repeating: 0, count: groupSize)
    for group in 0..<Self.groupCount where group != left {
      for i in total.indices { total[i] += sums[group * groupSize + i] }
    }
    let n = total[0]
    let mean = total[1..<1 + width].map { $0 / n }
    var covariance = [Double](repeating: 0, count: width * width)
    for i in 0..<width {
      for j in i..<width {
        let value = (total[1 + width + i * width + j] - n * mean[i] * mean[j]) / (n - 1)
        (covariance[i * width + j], covariance[j * width + i]) = (value, value)
      }
    }
    return (mean, SymmetricMatrix(order: width, covariance))
  }
}

/// The squared Fréchet distance of two Gaussians, `|m1 - m2|² + tr(C1 + C2 - 2 (C1^½ C2 C1^½)^½)`.
func frechetDistance(
  _ a: (mean: [Double], covariance: SymmetricMatrix), _ b: (mean: [Double], covariance: SymmetricMatrix)
) -> Double {
  let (n, eigen) = (a.covariance.order, a.covariance.eigen())
  // With C1 = V L Vᵀ, C1^½ C2 C1^½ has the eigenvalues of L^½ Vᵀ C2 V L^½.
  var factor = eigen.vectors
  for i in 0..<n {
    // Rounding makes the eigenvalues of singular matrices negative.
    let root = max(0, eigen.values[i]).squareRoot()
    for j in 0..<n { factor[i * n + j] *= root }
  }
  let inner = b.covariance.transformed(by: factor).eigen().values
  let means = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return means + a.covariance.trace + b.covariance.trace - 2 * inner.reduce(0) { $0 + max(0, $1).squareRoot() }
}

/// The distance of two sets of rows, and its standard error by the jackknife over both sets' groups.
package func frechetDistance(_ a: FeatureMoments, _ b: FeatureMoments) -> (value: Double, standardError: Double?) {
  let (wholeA, wholeB) = (a.gaussian(), b.gaussian())
  let value = frechetDistance(wholeA, wholeB)
  let groups = FeatureMoments.groupCount
  guard min(a.count, b.count) > 2 * groups else { return (value, nil) }
  func variance(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(groups)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(groups - 1) / Double(groups)
  }
  let left = (0..<groups).map { frechetDistance(a.gaussian(without: $0), wholeB) }
  let right = (0..<groups).map { frechetDistance(wholeA, b.gaussian(without: $0)) }
  return (value, (variance(left) + variance(right)).squareRoot())
}
