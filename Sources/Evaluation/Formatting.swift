internal import Foundation

extension Double {
  /// With a fixed number of decimals, whatever the locale.
  package func formatted(digits: Int) -> String { isNaN ? "nan" : String(format: "%.\(digits)f", self) }

  /// The same, but with as many significant digits where decimals would leave fewer: values of any unit.
  package func formatted(significant digits: Int) -> String {
    self == 0 || !isFinite || abs(self) >= 0.1 ? formatted(digits: digits) : String(format: "%.\(digits)g", self)
  }
}
