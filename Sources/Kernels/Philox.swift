/// Philox4x32-10, the counter-based generator of Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3".
///
/// A draw is a pure function of a key and a counter, so any rank can make any row's numbers without a state to carry.
package struct Philox {
  private let key: SIMD2<UInt32>

  package init(seed: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// The four words at `counter`.
  package func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let low = UInt64(c[0]) &* 0xD251_1F53
      let high = UInt64(c[2]) &* 0xCD9E_8D57
      c = SIMD4(
        UInt32(truncatingIfNeeded: high >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: high),
        UInt32(truncatingIfNeeded: low >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: low))
      k = k &+ Self.weyl
    }
    return c
  }

  /// Eight blocks at once: counters (first ..< first + 8, c1, c2, c3), word by word.
  @inline(__always)
  func blocks(first: UInt32, _ c1: UInt32, _ c2: UInt32, _ c3: UInt32) -> (Words, Words, Words, Words) {
    blocks(Self.consecutive(first), Words(repeating: c1), Words(repeating: c2), Words(repeating: c3))
  }

  /// `first ..< first + 8`.
  @inline(__always)
  static func consecutive(_ first: UInt32) -> Words { Words(repeating: first) &+ Words(0, 1, 2, 3, 4, 5, 6, 7) }

  /// The blocks at eight counters, word by word.
  @inline(__always)
  func blocks(_ c0: Words, _ c1: Words, _ c2: Words, _ c3: Words) -> (Words, Words, Words, Words) {
    var (a, b, c, d) = (c0, c1, c2, c3)
    var k = key
    for _ in 0..<10 {
      let (lowHigh, lowLow) = Self.multiply(a, 0xD251_1F53)
      let (highHigh, highLow) = Self.multiply(c, 0xCD9E_8D57)
      (a, b, c, d) = (highHigh ^ b ^ k[0], highLow, lowHigh ^ d ^ k[1], lowLow)
      k = k &+ Self.weyl
    }
    return (a, b, c, d)
  }

  typealias Words = SIMD8<UInt32>

  private static let weyl = SIMD2<UInt32>(0x9E37_79B9, 0xBB67_AE85)

  @inline(__always)
  private static func multiply(_ a: Words, _ factor: UInt64) -> (high: Words, low: Words) {
    let product = SIMD8<UInt64>(truncatingIfNeeded: a) &* factor
    return (Words(truncatingIfNeeded: product &>> 32), Words(truncatingIfNeeded: product))
  }
}
