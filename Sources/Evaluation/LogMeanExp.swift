internal import Foundation

/// `log (1/K Σ exp(w_k))` of values that arrive in blocks, without overflow and without keeping them.
package struct LogMeanExp {
  private var peak = -Double.infinity
  /// Σ exp(w - peak).
  private var sum = 0.0
  private var count = 0

  package init() {}

  package mutating func add(_ values: some Sequence<Double>) {
    for value in values {
      count += 1
      if value > peak {
        sum = sum * exp(peak - value) + 1
        peak = value
      } else if value != -.infinity {
        // NaN comes here too, and stays.
        sum += exp(value - peak)
      }
    }
  }

  /// -infinity if nothing but -infinity was added.
  package var value: Double { peak + log(sum / Double(count)) }
}
