/// Gradients of a rank must be smaller than this in size. Then sums over half a million ranks stay finite, and so do
/// their squares, of which Adam takes a thousandth. No gradient that training can use comes near it.
package let gradientBound: Float = 0x1p50

/// Whether each of `count` numbers is smaller than `gradientBound` in size; what is not finite is not.
///
/// Without the sign, floats are in the order of their bits, NaN after infinity after all others. What is added sets the
/// highest bit from the bound on, so that one bit tells of all.
package func areBounded(_ x: UnsafePointer<Float>, count: Int) -> Bool {
  let distance = 0x8000_0000 - gradientBound.bitPattern
  var bits: UInt32 = 0
  for i in 0..<count { bits |= (x[i].bitPattern & 0x7FFF_FFFF) &+ distance }
  return bits < 0x8000_0000
}
