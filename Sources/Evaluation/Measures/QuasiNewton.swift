/// L-BFGS for smooth convex functions (Nocedal and Wright, Numerical Optimization, algorithm 7.5).
enum QuasiNewton {
  typealias Cost = (value: Double, gradient: [Double])

  private static let memory = 10
  private static let mostSteps = 2000
  /// Of the largest derivative.
  private static let tolerance = 1e-7

  /// Where a function is smallest.
  static func minimum(from start: [Double], of cost: ([Double]) throws -> Cost) rethrows -> [Double] {
    var place = start
    var current = try cost(place)
    var pairs: [(step: [Double], change: [Double])] = []
    for _ in 0..<mostSteps {
      guard (current.gradient.map(abs).max() ?? 0) > tolerance else { return place }
      let direction = direction(current.gradient, pairs)
      let slope = dot(direction, current.gradient)
      // The first step knows nothing of the curvature.
      var size = pairs.isEmpty ? 1 / max(1, dot(current.gradient, current.gradient).squareRoot()) : 1
      var (next, found) = (place, current)
      repeat {
        next = zip(place, direction).map { $0 + size * $1 }
        found = try cost(next)
        size /= 2
      } while found.value > current.value + 2e-4 * size * slope && size > 1e-12
      let pair = (step: difference(next, place), change: difference(found.gradient, current.gradient))
      // Where rounding hides the descent there is nothing more to find.
      guard found.value <= current.value, dot(pair.step, pair.change) > 0 else { return place }
      pairs = Array((pairs + [pair]).suffix(memory))
      (place, current) = (next, found)
    }
    return place
  }

  private static func direction(_ gradient: [Double], _ pairs: [(step: [Double], change: [Double])]) -> [Double] {
    var direction = gradient.map { -$0 }
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = dot(pair.step, direction) / dot(pair.step, pair.change)
      factors.append(factor)
      add(-factor, pair.change, to: &direction)
    }
    if let last = pairs.last {
      let scale = dot(last.step, last.change) / dot(last.change, last.change)
      for i in direction.indices { direction[i] *= scale }
    }
    for (pair, factor) in zip(pairs, factors.reversed()) {
      add(factor - dot(pair.change, direction) / dot(pair.step, pair.change), pair.step, to: &direction)
    }
    return direction
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  private static func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

  private static func add(_ factor: Double, _ a: [Double], to sum: inout [Double]) {
    for i in sum.indices { sum[i] += factor * a[i] }
  }
}
