/// From numbers to places in a drawing.
package struct Axis {
  /// The numbers between its ends; wider than nothing.
  package let domain: ClosedRange<Double>
  /// Where the first and the last number lie.
  package let (start, end): (Double, Double)

  /// Larger numbers come from a diverged model and would hide everything else.
  static let largest = 1e15

  /// Smaller differences are those of rounding; their ticks would need more decimals than there is room for.
  private static let smallest = 1e-12

  static func shows(_ value: Double) -> Bool { abs(value) <= largest }

  /// - Parameters:
  ///   - values: what it must show.
  ///   - padding: what is left free at both ends, as a share of their width.
  package init(_ values: [Double], from start: Double, to end: Double, padding: Double = 0) {
    let shown = values.filter(Self.shows)
    let (low, high) = (shown.min() ?? 0, shown.max() ?? 1)
    // A single number lies in the middle.
    let isFlat = high - low <= max(abs(low) * 1e-9, abs(high) * 1e-9, Self.smallest)
    let margin = isFlat ? max(abs(low) * 0.05, 0.5) : (high - low) * padding
    domain = low - margin...high + margin
    (self.start, self.end) = (start, end)
  }

  package func place(_ value: Double) -> Double {
    start + (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound) * (end - start)
  }
}
