internal import Foundation

/// The two directions in which points spread most: eigenvectors of their covariance matrix, which is never made. It is
/// as wide as a latent, and a latent may be wide.
package struct PrincipalComponents {
  /// Two orthogonal unit vectors, by descending variance; the largest part of each is positive.
  package let axes: [[Double]]
  /// Along each axis, with the number of points in the denominator.
  package let variances: [Double]
  /// Along all directions together.
  private let total: Double
  private let mean: [Double]

  /// Axes that have not settled by then lie among directions of almost the same variance: any of them will do.
  private static let mostIterations = 200

  /// By orthogonal iteration: axes multiplied by the covariance again and again turn to where it is largest.
  /// - Parameter points: at least one, all of one width of at least 2, all finite.
  package init(_ points: [[Double]]) {
    let count = Double(points.count)
    var mean = [Double](repeating: 0, count: points[0].count)
    for point in points { add(point, times: 1 / count, to: &mean) }
    let deviations = points.map { point in zip(point, mean).map { $0 - $1 } }
    let total = deviations.reduce(0) { $0 + dot($1, $1) } / count
    var axes = Self.start(width: mean.count)
    var variances = [0.0, 0.0]
    for _ in 0..<Self.mostIterations where total > 0 {
      var images = axes.map { covariance(of: deviations, times: $0) }
      turn(&axes, &images)
      variances = zip(axes, images).map { max(dot($0, $1), 0) }
      guard zip(axes, zip(images, variances)).contains(where: { error($0, $1.0, $1.1) > 1e-12 * total }) else { break }
      // With a little of itself an axis stays one where there is no variance.
      for k in 0..<2 { add(axes[k], times: 1e-12 * total, to: &images[k]) }
      axes = orthonormal(images)
    }
    self.axes = axes.map { axis in
      let largest = axis.max { abs($0) < abs($1) } ?? 0
      return largest < 0 ? axis.map { -$0 } : axis
    }
    (self.variances, self.total, self.mean) = (variances, total, mean)
  }

  /// Always the same, and in no direction that data would have a reason to avoid.
  private static func start(width: Int) -> [[Double]] {
    orthonormal([1.0, 2].map { frequency in (0..<width).map { sin(frequency * Double($0 + 1)) } })
  }

  /// Where a point lies along the axes, from the mean.
  package func project(_ point: [Double]) -> (x: Double, y: Double) {
    let deviation = zip(point, mean).map { $0 - $1 }
    return (dot(axes[0], deviation), dot(axes[1], deviation))
  }

  /// The part of all variance that lies along an axis.
  package func share(of axis: Int) -> Double { total > 0 ? variances[axis] / total : 0 }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}

private func add(_ vector: [Double], times factor: Double, to sum: inout [Double]) {
  for i in sum.indices { sum[i] += factor * vector[i] }
}

/// The product of a covariance matrix and a vector.
private func covariance(of deviations: [[Double]], times vector: [Double]) -> [Double] {
  var product = [Double](repeating: 0, count: vector.count)
  for deviation in deviations {
    add(deviation, times: dot(deviation, vector) / Double(deviations.count), to: &product)
  }
  return product
}

/// Turns two axes, and their images under a symmetric matrix, within their plane, so that the matrix mixes them no
/// longer and the larger comes first.
private func turn(_ axes: inout [[Double]], _ images: inout [[Double]]) {
  let difference = dot(axes[0], images[0]) - dot(axes[1], images[1])
  let angle = 0.5 * atan2(2 * dot(axes[0], images[1]), difference)
  func turned(_ pair: [[Double]]) -> [[Double]] {
    let (c, s) = (cos(angle), sin(angle))
    return [zip(pair[0], pair[1]).map { c * $0 + s * $1 }, zip(pair[0], pair[1]).map { c * $1 - s * $0 }]
  }
  (axes, images) = (turned(axes), turned(images))
}

/// The largest part by which a vector's image differs from its multiple.
private func error(_ vector: [Double], _ image: [Double], _ factor: Double) -> Double {
  zip(vector, image).reduce(0) { max($0, abs($1.1 - factor * $1.0)) }
}

/// Two vectors of length 1 that span the same plane.
private func orthonormal(_ pair: [[Double]]) -> [[Double]] {
  let first = unit(pair[0])
  var second = unit(pair[1])
  // Twice, as the first time leaves rounding errors of what may be almost all of it.
  for _ in 0..<2 {
    add(first, times: -dot(first, second), to: &second)
    second = unit(second)
  }
  return [first, second]
}

private func unit(_ vector: [Double]) -> [Double] {
  let length = dot(vector, vector).squareRoot()
  return vector.map { $0 / length }
}
