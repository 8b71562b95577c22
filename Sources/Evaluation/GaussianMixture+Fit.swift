internal import Kernels

extension GaussianMixture {
  private static let (mostPasses, smallestGain) = (200, 1e-5)

  /// Fits a mixture by expectation maximisation, until a pass gains less than 1e-5 nats a point.
  ///
  /// It begins at points that are far from each other (k-means++), with the covariance of all points. Covariances have a
  /// millionth of the mean variance on their diagonals, so that none becomes singular.
  /// - Parameters:
  ///   - points: one after the other, more than components.
  ///   - seed: decides where it begins. The same points, components and seed give the same bits.
  ///   - progress: called after each pass with their number and the most there can be.
  package static func fit(
    _ points: [Double], dimensions: Int, components count: Int, seed: UInt64,
    progress: (_ done: Int, _ most: Int) -> Void = { _, _ in }
  ) -> GaussianMixture {
    let floor = 1e-6 * meanVariance(points, dimensions)
    var mixture = start(points, dimensions, count, seed: seed, floor: floor)
    var last = -Double.infinity
    for number in 1...mostPasses {
      let pass = MixturePass(mixture)
      let density = pass.run(points)
      progress(number, mostPasses)
      guard density - last > smallestGain else { break }
      last = density
      mixture.update(pass, pointCount: points.count / dimensions, floor: floor)
    }
    return mixture
  }

  private static func meanVariance(_ points: [Double], _ dimensions: Int) -> Double {
    let n = Double(points.count / dimensions)
    let variances = (0..<dimensions).map { i in
      let values = stride(from: i, to: points.count, by: dimensions).lazy.map { points[$0] }
      let mean = values.reduce(0, +) / n
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    }
    return max(variances.reduce(0, +) / Double(dimensions), .leastNormalMagnitude)
  }

  /// One pass of a single component gives mean and covariance of all points; the means are then moved apart.
  private static func start(
    _ points: [Double], _ dimensions: Int, _ count: Int, seed: UInt64, floor: Double
  ) -> GaussianMixture {
    var whole = standard(dimensions)
    let pass = MixturePass(whole)
    _ = pass.run(points)
    whole.update(pass, pointCount: points.count / dimensions, floor: floor)
    let factor = whole.components[0].factor
    return GaussianMixture(
      dimensions: dimensions,
      components: distantPoints(points, dimensions, count, seed: seed).map {
        Component(weight: 1 / Double(count), mean: $0, factor: factor)
      })
  }

  /// Each next one is drawn with the square of its distance from the nearest one before.
  private static func distantPoints(_ points: [Double], _ dimensions: Int, _ count: Int, seed: UInt64) -> [[Double]] {
    let stream = RandomStream(seed: seed, purpose: .mixture)
    let pointCount = points.count / dimensions
    var squares = [Double](repeating: 1, count: pointCount)
    var chosen: [[Double]] = []
    while chosen.count < count {
      let uniform = Double(stream.uniform(step: UInt64(chosen.count), row: 0, index: 0))
      var rest = uniform * squares.reduce(0, +)
      let place = squares.firstIndex { square in
        rest -= square
        return rest < 0
      }
      let first = (place ?? pointCount - 1) * dimensions
      let next = Array(points[first..<first + dimensions])
      for point in 0..<pointCount {
        let square = (0..<dimensions).reduce(0) { sum, i in
          let distance = points[point * dimensions + i] - next[i]
          return sum + distance * distance
        }
        squares[point] = chosen.isEmpty ? square : min(squares[point], square)
      }
      chosen.append(next)
    }
    return chosen
  }

  /// The mixture that the responsibilities of a pass are most likely under.
  private mutating func update(_ pass: MixturePass, pointCount: Int, floor: Double) {
    for index in components.indices {
      let weight = pass.weights[index]
      components[index].weight = max(weight / Double(pointCount), .leastNormalMagnitude)
      // Of less than a point there is no mean: it stays where it is.
      guard weight >= 1 else { continue }
      let shift = pass.sums[index * dimensions..<(index + 1) * dimensions].map { $0 / weight }
      components[index].mean = zip(components[index].mean, shift).map { $0 + $1 }
      let square = dimensions * dimensions
      var covariance = pass.products[index * square..<(index + 1) * square].map { $0 / weight }
      for i in 0..<dimensions {
        for j in 0...i { covariance[i * dimensions + j] -= shift[i] * shift[j] }
        covariance[i * dimensions + i] += floor
      }
      components[index].factor = Self.factor(covariance, dimensions, floor: floor)
    }
  }

  /// Cholesky's lower triangle. What rounding makes of a vanishing variance is the floor.
  private static func factor(_ covariance: [Double], _ n: Int, floor: Double) -> [Double] {
    var factor = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let rest = (0..<j).reduce(covariance[i * n + j]) { $0 - factor[i * n + $1] * factor[j * n + $1] }
        factor[i * n + j] = i == j ? max(rest, floor).squareRoot() : rest / factor[j * n + j]
      }
    }
    return factor
  }
}
