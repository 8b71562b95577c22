internal import Foundation

extension Double {
  /// With a fixed number of decimals, whatever the locale.
  package func formatted(digits: Int) -> String { isNaN ? "nan" : String(format: "%.\(digits)f", self) }
}
