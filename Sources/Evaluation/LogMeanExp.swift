internal import Foundation

/// `log (1/K Σ exp(w_k))` of values that arrive in blocks, without overflow and without keeping them.
package struct LogMeanExp {
  private var peak = -Double.infinity
  /// Σ exp(w - peak).
  private var sum = 0.0
  /// Σ exp(w - peak)².
  private var squares = 0.0
  private var count = 0

  package init() {}

  package mutating func add(_ values: some Sequence<Double>) {
    for value in values {
      count += 1
      if value > peak {
        let factor = exp(peak - value)
        sum = sum * factor + 1
        squares = squares * factor * factor + 1
        peak = value
      } else if value != -.infinity {
        // NaN comes here too, and stays.
        let weight = exp(value - peak)
        sum += weight
        squares += weight * weight
      }
    }
  }

  /// -infinity if nothing but -infinity was added.
  package var value: Double { peak + log(sum / Double(count)) }

  /// (Σ exp w)² / Σ (exp w)²: how many values of equal weight would tell as much. Not a number where all are -infinity.
  package var effectiveCount: Double { sum * sum / squares }
}
