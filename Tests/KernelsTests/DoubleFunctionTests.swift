import Foundation
import Kernels
import TestSupport
import Testing

/// Elementary functions in double precision beside the C library's.
struct DoubleFunctionTests {
  private func expectClose(_ found: Double, _ expected: Double, _ x: Double) {
    #expect(abs(found - expected) <= 1e-15 * abs(expected), "x = \(x): \(found) instead of \(expected)")
  }

  @Test("Exponentials and logarithms")
  func functions() {
    var numbers = Numbers(seed: 1)
    for _ in 0..<20_000 {
      let x = numbers.uniform(-700...700)
      expectClose(DoubleFunctions.exp(x), Foundation.exp(x), x)
      let positive = Foundation.exp(numbers.uniform(-80...80))
      expectClose(DoubleFunctions.log(positive), Foundation.log(positive), positive)
      expectClose(DoubleFunctions.log1p(positive), Foundation.log1p(positive), positive)
      let near = 1 + numbers.uniform(-1e-3...1e-3)
      expectClose(DoubleFunctions.log(near), Foundation.log(near), near)
    }
  }

  @Test("Ends of their ranges")
  func ends() {
    #expect(DoubleFunctions.exp(0.0) == 1 && DoubleFunctions.log(1.0) == 0 && DoubleFunctions.log1p(0.0) == 0)
    #expect(DoubleFunctions.exp(-1e5) < 1e-300 && DoubleFunctions.exp(1e5).isFinite)
    #expect(DoubleFunctions.log(Double.infinity) == .infinity)
    for f in [DoubleFunctions.exp, DoubleFunctions.log, DoubleFunctions.log1p] as [(Double) -> Double] {
      #expect(f(.nan).isNaN)
    }
  }
}
