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
  /// - Parameter row: its number over all ranks, which decides its group, whatever rows have in common with every tenth.
  package mutating func add(_ features: UnsafePointer<Float>, row: Int) {
    let group = Int(UInt64(row) &* 0x9E37_79B9_7F4A_7C15 >> 32) % Self.groupCount
    let (start, width) = (group * groupSize, width)
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

  package var count: Int { groupCounts.reduce(0, +) }

  /// Rows of each group.
  private var groupCounts: [Int] { (0..<Self.groupCount).map { Int(sums[$0 * groupSize]) } }

  /// Whether what is made of the rows can be made without any one group.
  fileprivate var allowsJackknife: Bool {
    groupCounts.allSatisfy { $0 > 0 && count - $0 > Self.groupCount }
  }

  /// Of all rows but those of one group.
  fileprivate func gaussian(without left: Int? = nil) -> FeatureGaussian {
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
    return FeatureGaussian(mean: mean, covariance: SymmetricMatrix(order: width, covariance))
  }
}

/// Mean and covariance, `rows - 1` in its denominator.
private struct FeatureGaussian {
  let mean: [Double]
  let covariance: SymmetricMatrix

  /// `L^½ Vᵀ`, row by row, of a covariance `V L Vᵀ`.
  var root: [Double] {
    let (n, eigen) = (covariance.order, covariance.eigen())
    var root = eigen.vectors
    for i in 0..<n {
      // Rounding makes the eigenvalues of singular matrices negative.
      let scale = max(0, eigen.values[i]).squareRoot()
      for j in 0..<n { root[i * n + j] *= scale }
    }
    return root
  }

  /// The squared Fréchet distance to another, `|m1 - m2|² + tr(C1 + C2 - 2 (C1^½ C2 C1^½)^½)`.
  /// - Parameter root: this one's.
  func distance(to other: FeatureGaussian, root: [Double]) -> Double {
    // C1^½ C2 C1^½ has the eigenvalues of L^½ Vᵀ C2 V L^½.
    let inner = other.covariance.transformed(by: root).eigenvalues
    let means = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return means + covariance.trace + other.covariance.trace
      - 2 * inner.reduce(0) { $0 + ($1 < 0 ? 0 : $1.squareRoot()) }
  }
}

/// The squared Fréchet distance of two sets of rows, and its standard error by the jackknife.
/// - Parameter isPaired: whether rows of the same number belong together, so that they are left out together.
package func frechetDistance(
  _ a: FeatureMoments, _ b: FeatureMoments, isPaired: Bool = false
) -> (value: Double, standardError: Double?) {
  let (wholeA, wholeB) = (a.gaussian(), b.gaussian())
  let root = wholeA.root
  let value = wholeA.distance(to: wholeB, root: root)
  guard a.allowsJackknife, b.allowsJackknife else { return (value, nil) }
  let groups = 0..<FeatureMoments.groupCount
  func variance(_ values: [Double]) -> Double {
    let (n, mean) = (Double(groups.count), values.reduce(0, +) / Double(groups.count))
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * (n - 1) / n
  }
  let left = groups.map { group in
    let part = a.gaussian(without: group)
    return part.distance(to: isPaired ? b.gaussian(without: group) : wholeB, root: part.root)
  }
  guard !isPaired else { return (value, variance(left).squareRoot()) }
  let right = groups.map { wholeA.distance(to: b.gaussian(without: $0), root: root) }
  return (value, (variance(left) + variance(right)).squareRoot())
}
