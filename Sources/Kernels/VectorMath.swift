/// Elementary functions eight at a time. Error bounds are those the tests check against double precision.
///
/// `@_transparent` where `@inline(__always)` was not heeded: a call for eight numbers costs as much as computing them.
enum VectorMath {
  /// e^x. At most 2 ulp; 0 below -87.3, infinity above 88.72, NaN for NaN.
  @_transparent
  static func exp(_ x: Lanes) -> Lanes {
    // Not `clamped(lowerBound:upperBound:)`, which is a call for each bound.
    let clamped = x.replacing(with: -87.3, where: x .< -87.3).replacing(with: 88.72, where: x .> 88.72)
    var result = expWithinRange(clamped)
    result.replace(with: 0, where: x .< -87.3)
    result.replace(with: .infinity, where: x .> 88.72)
    result.replace(with: x, where: x .!= x)
    return result
  }

  /// The same for x <= 0.
  @_transparent
  static func expNonPositive(_ x: Lanes) -> Lanes {
    var result = expWithinRange(x.replacing(with: -87.3, where: x .< -87.3))
    result.replace(with: 0, where: x .< -87.3)
    result.replace(with: x, where: x .!= x)
    return result
  }

  /// e^x where neither x nor the result leaves the range of normal numbers.
  @_transparent
  private static func expWithinRange(_ x: Lanes) -> Lanes {
    // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to the nearest integer, left in the low bits.
    let shifter: Float = 12_582_912
    let shifted = x * 1.442_695_04 + shifter
    let n = shifted - shifter
    // ln 2 in two parts, so that the subtraction loses nothing.
    let r = (x - n * 0.693_359_375) - n * (-2.121_944_4e-4)
    var p = Lanes(repeating: 1.987_569_2e-4)
    p = fused(p, r, 1.398_2e-3)
    p = fused(p, r, 8.333_452e-3)
    p = fused(p, r, 4.166_579_6e-2)
    p = fused(p, r, 1.666_666_55e-1)
    p = fused(p, r, 0.5)
    p = r.addingProduct(p, r * r) + 1
    let bits = SIMD8<Int32>(truncatingIfNeeded: unsafeBitCast(shifted, to: SIMD8<UInt32>.self)) &<< 23
    return unsafeBitCast(unsafeBitCast(p, to: SIMD8<Int32>.self) &+ bits, to: Lanes.self)
  }

  /// `a b + c` in one rounding.
  @_transparent
  private static func fused(_ a: Lanes, _ b: Lanes, _ c: Float) -> Lanes { Lanes(repeating: c).addingProduct(a, b) }

  /// log(1 + x) for 0 <= x <= 1, relative error below 3e-7. Twice the series of artanh(x / (2 + x)).
  @inline(__always)
  static func log1p(unit x: Lanes) -> Lanes {
    let s = x / (x + 2)
    let q = s * s
    var p = Lanes(repeating: 1.0 / 15)
    p = fused(p, q, 1.0 / 13)
    p = fused(p, q, 1.0 / 11)
    p = fused(p, q, 1.0 / 9)
    p = fused(p, q, 1.0 / 7)
    p = fused(p, q, 1.0 / 5)
    p = fused(p, q, 1.0 / 3)
    return (p * q + 1) * (s + s)
  }

  /// Natural logarithm of positive normal numbers, error below 1.5e-7 relative to max(1, |log x|); infinity for
  /// infinity, NaN for NaN.
  @inline(__always)
  static func log(_ x: Lanes) -> Lanes {
    // x = m 2^e with m in [sqrt(1/2), sqrt(2)).
    let bits = unsafeBitCast(x, to: SIMD8<Int32>.self)
    let offset = bits &- 0x3f35_04f3
    let exponent = offset &>> 23
    let mantissa = unsafeBitCast((offset & 0x007f_ffff) &+ 0x3f35_04f3, to: Lanes.self)
    let s = (mantissa - 1) / (mantissa + 1)
    let q = s * s
    var p = Lanes(repeating: 1.0 / 9)
    p = fused(p, q, 1.0 / 7)
    p = fused(p, q, 1.0 / 5)
    p = fused(p, q, 1.0 / 3)
    let logMantissa = (p * q + 1) * (s + s)
    let result = Lanes(exponent) * 0.693_147_18 + logMantissa
    return x.replacing(with: result, where: x .< .infinity)
  }

  /// Sine and cosine of 2 pi t for 0 <= t <= 1, absolute error below 3e-7.
  @inline(__always)
  static func sinCos(turns t: Lanes) -> (sine: Lanes, cosine: Lanes) {
    let shifter: Float = 12_582_912
    let shifted = t * 4 + shifter
    let quadrant = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) & 3
    let r = (t * 4 - (shifted - shifter)) * 1.570_796_33
    let q = r * r
    var s = Lanes(repeating: -1.951_529_6e-4)
    s = s * q + 8.332_161e-3
    s = s * q - 1.666_665_5e-1
    s = s * q * r + r
    var c = Lanes(repeating: 2.443_315_7e-5)
    c = c * q - 1.388_731_6e-3
    c = c * q + 4.166_664_6e-2
    c = c * (q * q) - q * 0.5 + 1
    // Exchanged and negated by their bits: comparisons of whole numbers become a loop over the lanes.
    let (sineBits, cosineBits) = (unsafeBitCast(s, to: SIMD8<UInt32>.self), unsafeBitCast(c, to: SIMD8<UInt32>.self))
    let exchange = (sineBits ^ cosineBits) & (SIMD8(repeating: 0) &- (quadrant & 1))
    let sine = unsafeBitCast(sineBits ^ exchange ^ (quadrant & 2) &<< 30, to: Lanes.self)
    let cosine = unsafeBitCast(cosineBits ^ exchange ^ ((quadrant &+ 1) & 2) &<< 30, to: Lanes.self)
    return (sine, cosine)
  }

  /// 1 / (1 + e^-x) and log(1 + e^x), which share their exponential. Both stable for any x: relative errors below
  /// 3e-7 and 4e-7 down to x = -87.3, where both become 0; NaN for NaN.
  @_transparent
  static func sigmoidAndSoftplus(_ x: Lanes) -> (sigmoid: Lanes, softplus: Lanes) {
    let e = expNonPositive(magnitudeNegated(x))
    let reciprocal = 1 / (e + 1)
    let sigmoid = (e * reciprocal).replacing(with: reciprocal, where: x .>= 0)
    let softplus = log1p(unit: e) + x.replacing(with: 0, where: x .< 0)
    return (sigmoid, softplus)
  }

  /// 1 / (1 + e^-x), relative error below 3e-7 down to x = -87.3, where it becomes 0; NaN for NaN.
  @_transparent
  static func sigmoid(_ x: Lanes) -> Lanes {
    let e = expNonPositive(magnitudeNegated(x))
    let reciprocal = 1 / (e + 1)
    return (e * reciprocal).replacing(with: reciprocal, where: x .>= 0)
  }

  /// -|x|, by setting the sign bit.
  @_transparent
  static func magnitudeNegated(_ x: Lanes) -> Lanes {
    unsafeBitCast(unsafeBitCast(x, to: SIMD8<UInt32>.self) | 0x8000_0000, to: Lanes.self)
  }
}

/// Scalar entry points, for the few places that are not worth a loop of eight, and for tests.
package enum ElementaryFunctions {
  package static func exp(_ x: Float) -> Float { VectorMath.exp(Lanes(repeating: x))[0] }
  package static func log1p(unit x: Float) -> Float { VectorMath.log1p(unit: Lanes(repeating: x))[0] }
  package static func log(_ x: Float) -> Float { VectorMath.log(Lanes(repeating: x))[0] }
  package static func sigmoid(_ x: Float) -> Float { VectorMath.sigmoid(Lanes(repeating: x))[0] }
  package static func softplus(_ x: Float) -> Float { VectorMath.sigmoidAndSoftplus(Lanes(repeating: x)).softplus[0] }
  package static func sinCos(turns t: Float) -> (sine: Float, cosine: Float) {
    let (s, c) = VectorMath.sinCos(turns: Lanes(repeating: t))
    return (s[0], c[0])
  }
}

/// The same over arrays: the loops in which kernels use them, for measuring.
extension ElementaryFunctions {
  package static func exp(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    mapLanes(x, into: y, count: count, VectorMath.exp)
  }

  package static func log1p(unit x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    mapLanes(x, into: y, count: count) { VectorMath.log1p(unit: $0) }
  }

  package static func log(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    mapLanes(x, into: y, count: count, VectorMath.log)
  }

  package static func sigmoid(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    mapLanes(x, into: y, count: count, VectorMath.sigmoid)
  }

  package static func softplus(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    mapLanes(x, into: y, count: count) { VectorMath.sigmoidAndSoftplus($0).softplus }
  }

  /// - Parameter count: a multiple of eight.
  package static func sinCos(
    turns: UnsafePointer<Float>, sines: UnsafeMutablePointer<Float>, cosines: UnsafeMutablePointer<Float>, count: Int
  ) {
    precondition(count % laneCount == 0, "\(count) is not a multiple of \(laneCount)")
    for i in stride(from: 0, to: count, by: laneCount) {
      let (sine, cosine) = VectorMath.sinCos(turns: (turns + i).lanes)
      ((sines + i).lanes, (cosines + i).lanes) = (sine, cosine)
    }
  }
}
