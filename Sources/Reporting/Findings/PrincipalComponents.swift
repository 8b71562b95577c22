/// The directions in which points spread most: eigenvectors of their covariance matrix.
package struct PrincipalComponents {
  /// Unit vectors, by descending variance; the largest part of each is positive.
  package let axes: [[Double]]
  /// Along each axis, with the number of points in the denominator.
  package let variances: [Double]
  private let mean: [Double]

  /// - Parameter points: at least one, all of one width, all finite.
  package init(_ points: [[Double]]) {
    let (width, count) = (points[0].count, Double(points.count))
    var mean = [Double](repeating: 0, count: width)
    for point in points { for i in 0..<width { mean[i] += point[i] / count } }
    var covariance = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
    for point in points {
      for i in 0..<width {
        let deviation = (point[i] - mean[i]) / count
        for j in 0...i { covariance[i][j] += deviation * (point[j] - mean[j]) }
      }
    }
    for i in 0..<width { for j in 0..<i { covariance[j][i] = covariance[i][j] } }
    let (values, vectors) = symmetricEigen(covariance)
    let order = values.indices.sorted { values[$0] > values[$1] }
    variances = order.map { max(values[$0], 0) }
    axes = order.map { column in
      let axis = vectors.map { $0[column] }
      let largest = axis.max { abs($0) < abs($1) } ?? 0
      return largest < 0 ? axis.map { -$0 } : axis
    }
    self.mean = mean
  }

  /// Where a point lies along the first `count` axes, from the mean.
  package func project(_ point: [Double], onto count: Int) -> [Double] {
    axes.prefix(count).map { axis in
      zip(axis, zip(point, mean)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
    }
  }

  /// The part of all variance that lies along an axis.
  package func share(of axis: Int) -> Double {
    let total = variances.reduce(0, +)
    return total > 0 ? variances[axis] / total : 0
  }
}

/// Eigenvalues of a symmetric matrix, and its eigenvectors as columns, by Jacobi's rotations: latents are small.
package func symmetricEigen(_ matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
  let n = matrix.count
  var a = matrix
  var v = (0..<n).map { i in (0..<n).map { $0 == i ? 1.0 : 0 } }
  let size = a.joined().reduce(0) { $0 + $1 * $1 }
  // Each sweep squares what is left beside the diagonal; a dozen is more than ever needed.
  for _ in 0..<30 {
    var rest = 0.0
    for i in 0..<n { for j in 0..<i { rest += a[i][j] * a[i][j] } }
    if rest <= size * 1e-28 { break }
    for p in 0..<n {
      for q in p + 1..<n where a[p][q] != 0 { rotate(&a, &v, p, q) }
    }
  }
  return ((0..<n).map { a[$0][$0] }, v)
}

/// Makes the element p, q zero.
private func rotate(_ a: inout [[Double]], _ v: inout [[Double]], _ p: Int, _ q: Int) {
  let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
  let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
  let c = 1 / (t * t + 1).squareRoot()
  let s = t * c
  for k in a.indices { (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]) }
  for k in a.indices { (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]) }
  for k in v.indices { (v[k][p], v[k][q]) = (c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]) }
}
