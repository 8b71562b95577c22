/// Rounds numbers to bf16 with error feedback (Seide et al. 2014, Karimireddy et al. 2019): what rounding lost the last
/// time is added first, and what it loses now is kept for the next.
///
/// Rounds to nearest even by ordinary instructions, so that every processor has the same bits.
/// - Parameters:
///   - values: become what is sent, `rounded` again as floats.
///   - residual: what was lost, for each of the values.
package func roundWithFeedback(
  _ values: UnsafeMutablePointer<Float>, residual: UnsafeMutablePointer<Float>,
  into rounded: UnsafeMutablePointer<UInt16>, count: Int
) {
  for i in 0..<count {
    let exact = values[i] + residual[i]
    let bits = exact.bitPattern
    let kept = (bits &+ 0x7fff &+ (bits &>> 16 & 1)) & 0xffff_0000
    rounded[i] = UInt16(truncatingIfNeeded: kept &>> 16)
    values[i] = Float(bitPattern: kept)
    residual[i] = exact - Float(bitPattern: kept)
  }
}

/// bf16 numbers as floats, which is exact.
package func widen(_ rounded: UnsafePointer<UInt16>, into values: UnsafeMutablePointer<Float>, count: Int) {
  for i in 0..<count { values[i] = Float(bitPattern: UInt32(rounded[i]) &<< 16) }
}
