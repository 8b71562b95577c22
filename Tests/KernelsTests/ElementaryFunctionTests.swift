import Foundation
import Kernels
import Testing

/// The elementary functions against the system's, in double precision, over all magnitudes: the bounds are those that
/// the functions' documentation states.
struct ElementaryFunctionTests {
  /// About 20 000 floats from `first` to `last`, evenly spaced in their bits and so in every power of two.
  private static func floats(from first: Float, to last: Float) -> [Float] {
    let bits = first.bitPattern...last.bitPattern
    return stride(from: bits.lowerBound, through: bits.upperBound, by: max(1, bits.count / 20_011)).map {
      Float(bitPattern: $0)
    } + [last]
  }

  /// The largest `|found - expected| / unit(expected)` over the arguments; NaN counts as infinite.
  private func worst(
    _ arguments: [Float], _ found: (Float) -> Float, _ expected: (Double) -> Double,
    unit: (Double) -> Double
  ) -> (error: Double, argument: Float) {
    var worst: (error: Double, argument: Float) = (0, 0)
    for x in arguments {
      let reference = expected(Double(x))
      let error = abs(Double(found(x)) - reference) / unit(reference)
      if !(error <= worst.error) { worst = (error.isNaN ? .infinity : error, x) }
    }
    return worst
  }

  private static let tiny = Float.leastNormalMagnitude
  private static let ulp = { @Sendable (y: Double) in Double(Float(y).ulp) }
  private static let magnitude = { @Sendable (y: Double) in abs(y) }

  @Test("exp is within 2 ulp")
  func exponential() {
    let arguments = Self.floats(from: 0, to: 88.72) + Self.floats(from: 0, to: 87.3).map { -$0 }
    let found = worst(arguments, ElementaryFunctions.exp, Foundation.exp, unit: Self.ulp)
    #expect(found.error <= 2, "\(found)")
    #expect(ElementaryFunctions.exp(0) == 1)
  }

  @Test("exp ends in 0 and infinity, and passes NaN on")
  func exponentialExtremes() {
    for x: Float in [-87.31, -100, -1e30, -.greatestFiniteMagnitude, -.infinity] {
      #expect(ElementaryFunctions.exp(x) == 0, "\(x)")
    }
    for x: Float in [88.73, 100, 1e30, .greatestFiniteMagnitude, .infinity] {
      #expect(ElementaryFunctions.exp(x) == .infinity, "\(x)")
    }
    for x: Float in [.leastNonzeroMagnitude, -.leastNonzeroMagnitude, -0.0] { #expect(ElementaryFunctions.exp(x) == 1) }
    #expect(ElementaryFunctions.exp(.nan).isNaN)
  }

  @Test("log1p of 0...1 has a relative error below 3e-7")
  func logOnePlus() {
    let found = worst(
      Self.floats(from: Self.tiny, to: 1), ElementaryFunctions.log1p(unit:), Foundation.log1p, unit: Self.magnitude)
    #expect(found.error < 3e-7, "\(found)")
    // Subnormal numbers have fewer digits.
    let subnormal = worst(
      Self.floats(from: 0, to: Self.tiny), ElementaryFunctions.log1p(unit:), Foundation.log1p, unit: Self.ulp)
    #expect(subnormal.error <= 1, "\(subnormal)")
    #expect(ElementaryFunctions.log1p(unit: .nan).isNaN)
  }

  @Test("log has an error below 1.5e-7 relative to max(1, |log x|)")
  func logarithm() {
    let arguments =
      Self.floats(from: Self.tiny, to: .greatestFiniteMagnitude) + Self.floats(from: 0.5, to: 2)
    let found = worst(arguments, ElementaryFunctions.log, Foundation.log) { max(1, abs($0)) }
    #expect(found.error < 1.5e-7, "\(found)")
    #expect(ElementaryFunctions.log(1) == 0)
  }

  @Test("log passes infinity and NaN on, so that a broken model shows")
  func logarithmExtremes() {
    #expect(ElementaryFunctions.log(.infinity) == .infinity)
    #expect(ElementaryFunctions.log(.nan).isNaN)
  }

  @Test("Sine and cosine of turns have an error below 3e-7")
  func sineAndCosine() {
    let arguments = Self.floats(from: 0, to: 1) + Self.floats(from: 0.0625, to: 1)
    let sine = worst(
      arguments, { ElementaryFunctions.sinCos(turns: $0).sine }, { sin(2 * .pi * $0) }, unit: { _ in 1 })
    let cosine = worst(
      arguments, { ElementaryFunctions.sinCos(turns: $0).cosine }, { cos(2 * .pi * $0) }, unit: { _ in 1 })
    #expect(sine.error < 3e-7, "\(sine)")
    #expect(cosine.error < 3e-7, "\(cosine)")
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
  private static func softplus(_ x: Double) -> Double { max(x, 0) + Foundation.log1p(Foundation.exp(-abs(x))) }

  @Test("sigmoid has a relative error below 3e-7, softplus below 4e-7, down to where they underflow")
  func sigmoidAndSoftplus() {
    let arguments = Self.floats(from: 0, to: 87.2).map { -$0 } + Self.floats(from: 0, to: .greatestFiniteMagnitude)
    let sigmoid = worst(arguments, ElementaryFunctions.sigmoid, Self.sigmoid, unit: Self.magnitude)
    #expect(sigmoid.error < 3e-7, "\(sigmoid)")
    let softplus = worst(arguments, ElementaryFunctions.softplus, Self.softplus, unit: Self.magnitude)
    #expect(softplus.error < 4e-7, "\(softplus)")
  }

  @Test("sigmoid and softplus have their limits at both ends, and pass NaN on")
  func sigmoidAndSoftplusExtremes() {
    for x: Float in [100, 1e4, 1e30, .infinity] {
      #expect(ElementaryFunctions.sigmoid(x) == 1, "\(x)")
      #expect(ElementaryFunctions.sigmoid(-x) == 0, "\(x)")
      #expect(ElementaryFunctions.softplus(x) == x, "\(x)")
      #expect(ElementaryFunctions.softplus(-x) == 0, "\(x)")
    }
    for x: Float in [0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude] {
      #expect(ElementaryFunctions.sigmoid(x) == 0.5)
      #expect(abs(ElementaryFunctions.softplus(x) - Float(M_LN2)) <= Float(M_LN2).ulp)
    }
    #expect(ElementaryFunctions.sigmoid(.nan).isNaN)
    #expect(ElementaryFunctions.softplus(.nan).isNaN)
  }
}
