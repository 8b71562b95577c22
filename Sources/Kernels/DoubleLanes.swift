/// Eight doubles, two AVX2 registers: for sums whose parts cancel, of which single precision would leave too little.
typealias DoubleLanes = SIMD8<Double>

extension SIMD8<Double> {
  /// The first `count` lanes, and 0 in the others.
  @inline(__always)
  func first(_ count: Int) -> DoubleLanes {
    var lanes = self
    for i in Swift.min(count, laneCount)..<laneCount { lanes[i] = 0 }
    return lanes
  }
}

/// The same functions in double precision. Error bounds are those the tests check.
extension VectorMath {
  /// ln 2 in two parts: the first has 32 zero bits at its end, so that small multiples of it are exact.
  private static var logTwo: (high: Double, low: Double) { (6.931_471_803_691_238_2e-1, 1.908_214_929_270_587_7e-10) }

  /// `a b + c` in one rounding.
  @inline(__always)
  private static func fused(_ a: DoubleLanes, _ b: DoubleLanes, _ c: Double) -> DoubleLanes {
    DoubleLanes(repeating: c).addingProduct(a, b)
  }

  /// e^x, relative error below 1e-15; e^-708 below -708, e^709 above 709, NaN for NaN.
  @inline(__always)
  static func exp(_ x: DoubleLanes) -> DoubleLanes {
    let clamped = x.replacing(with: -708, where: x .< -708).replacing(with: 709, where: x .> 709)
    // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^52 rounds to the nearest integer, left in the low bits.
    let shifter = 6_755_399_441_055_744.0
    let shifted = clamped * 1.442_695_040_888_963_4 + shifter
    let n = shifted - shifter
    let r = (clamped - n * logTwo.high) - n * logTwo.low
    // The series of e^r, of which the next term is 5e-18, in two halves: one chain of products would take twice as long.
    let square = r * r
    var even = fused(DoubleLanes(repeating: 1.0 / 479_001_600), square, 1.0 / 3_628_800)
    even = fused(even, square, 1.0 / 40_320)
    even = fused(even, square, 1.0 / 720)
    even = fused(even, square, 1.0 / 24)
    even = fused(even, square, 0.5)
    var odd = fused(DoubleLanes(repeating: 1.0 / 6_227_020_800), square, 1.0 / 39_916_800)
    odd = fused(odd, square, 1.0 / 362_880)
    odd = fused(odd, square, 1.0 / 5_040)
    odd = fused(odd, square, 1.0 / 120)
    odd = fused(odd, square, 1.0 / 6)
    let p = r.addingProduct(even.addingProduct(odd, r), square) + 1
    let bits = unsafeBitCast(shifted, to: SIMD8<UInt64>.self) &<< 52
    let result = unsafeBitCast(unsafeBitCast(p, to: SIMD8<UInt64>.self) &+ bits, to: DoubleLanes.self)
    return result.replacing(with: x, where: x .!= x)
  }

  /// Natural logarithm of positive normal numbers, relative error below 1e-15; infinity for infinity, NaN for NaN.
  @inline(__always)
  static func log(_ x: DoubleLanes) -> DoubleLanes {
    // x = m 2^e with m in [sqrt(1/2), sqrt(2)).
    let offset = unsafeBitCast(x, to: SIMD8<Int64>.self) &- 0x3fe6_a09e_667f_3bcd
    // Added to the bits of 1.5 * 2^52, a small whole number is one in double precision.
    let exponent =
      unsafeBitCast((offset &>> 52) &+ 0x4338_0000_0000_0000, to: DoubleLanes.self) - 6_755_399_441_055_744.0
    let mantissa = unsafeBitCast(
      (offset & 0x000f_ffff_ffff_ffff) &+ 0x3fe6_a09e_667f_3bcd, to: DoubleLanes.self)
    let s = (mantissa - 1) / (mantissa + 1)
    let q = s * s
    // Twice the series of artanh(s), |s| < 0.172, of which the next term is 1e-18, in two halves.
    let square = q * q
    var even = fused(DoubleLanes(repeating: 1.0 / 21), square, 1.0 / 17)
    even = fused(even, square, 1.0 / 13)
    even = fused(even, square, 1.0 / 9)
    even = fused(even, square, 1.0 / 5)
    var odd = fused(DoubleLanes(repeating: 1.0 / 19), square, 1.0 / 15)
    odd = fused(odd, square, 1.0 / 11)
    odd = fused(odd, square, 1.0 / 7)
    odd = fused(odd, square, 1.0 / 3)
    let p = odd.addingProduct(even, q)
    let twice = s + s
    let result = exponent * logTwo.high + (twice + (twice * (p * q) + exponent * logTwo.low))
    return x.replacing(with: result, where: x .< .infinity)
  }

  /// log(1 + x) for x >= 0, relative error below 1e-15.
  @inline(__always)
  static func log1p(_ x: DoubleLanes) -> DoubleLanes {
    let sum = x + 1
    // What the sum lost, to first order.
    return log(sum) + (x - (sum - 1)) / sum
  }
}

/// Scalar entry points, for what is computed once a row, and for tests.
package enum DoubleFunctions {
  package static func exp(_ x: Double) -> Double { VectorMath.exp(DoubleLanes(repeating: x))[0] }
  package static func log(_ x: Double) -> Double { VectorMath.log(DoubleLanes(repeating: x))[0] }
  package static func log1p(_ x: Double) -> Double { VectorMath.log1p(DoubleLanes(repeating: x))[0] }
}
