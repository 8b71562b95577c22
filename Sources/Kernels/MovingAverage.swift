/// Moves averages towards values: `e = d e + (1 - d) w`, in place.
///
/// As a step towards w, so that an average that has arrived stays: d and 1 - d in single precision do not add up to 1.
/// - Parameter decay: d.
package func updateMovingAverage(
  _ averages: UnsafeMutablePointer<Float>, of values: UnsafePointer<Float>, count: Int, decay: Double
) {
  let share = Float(1 - decay)
  for i in 0..<count { averages[i] += share * (values[i] - averages[i]) }
}
