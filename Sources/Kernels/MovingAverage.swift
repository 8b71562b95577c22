/// Moves averages towards values: `e = d e + (1 - d) w`, in place.
/// - Parameter decay: d.
package func updateMovingAverage(
  _ averages: UnsafeMutablePointer<Float>, of values: UnsafePointer<Float>, count: Int, decay: Double
) {
  let (old, new) = (Float(decay), Float(1 - decay))
  for i in 0..<count { averages[i] = old * averages[i] + new * values[i] }
}
