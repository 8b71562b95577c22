import KernelTwins
import Kernels
import Testing

struct GradientBoundTests {
  @Test("Numbers up to the bound pass", arguments: awkwardSizes)
  func bounded(count: Int) {
    let numbers = GuardedMatrix(1, count, filledWith: 0)
    let (below, values) = (Double(gradientBound.nextDown), numbers.view.base)
    for i in 0..<count { values[i] = Float([0, -0.0, 1e-45, -1, below, -below][i % 6]) }
    #expect(areBounded(values, count: count) && Twin.areBounded(values, count: count))
  }

  @Test("One number that is too large or none is found wherever it is", arguments: awkwardSizes)
  func unbounded(count: Int) {
    let numbers = GuardedMatrix(1, count, filledWith: 1)
    let values = numbers.view.base
    let nonFinite = [
      gradientBound, -gradientBound, .greatestFiniteMagnitude, .infinity, -.infinity, .nan, -.nan, .signalingNaN,
    ]
    for i in 0..<count {
      values[i] = nonFinite[i % nonFinite.count]
      #expect(!areBounded(values, count: count) && !Twin.areBounded(values, count: count), "\(values[i]) at \(i)")
      values[i] = 1
    }
    #expect(numbers.isIntact)
  }
}
