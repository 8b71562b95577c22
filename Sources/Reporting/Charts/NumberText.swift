internal import Evaluation
internal import Foundation

/// Numbers as people read them: a real minus, thousands apart.
package enum NumberText {
  private static let space: Character = "\u{202F}"

  package static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞" }
    guard abs(value) < 1e15 else { return String(format: "%.3g", value) }
    let text = abs(value).formatted(digits: digits)
    let isZero = !text.contains { $0.isNumber && $0 != "0" }
    let parts = text.split(separator: ".", maxSplits: 1)
    let fraction = parts.count > 1 ? ".\(parts[1])" : ""
    return (value < 0 && !isZero ? "−" : "") + grouped(String(parts[0])) + fraction
  }

  package static func count(_ value: some BinaryInteger) -> String { fixed(Double(value), 0) }

  /// Such as `1 rank` or `2 ranks`.
  package static func count(_ value: Int, _ what: String) -> String {
    "\(count(value)) \(what)\(value == 1 ? "" : "s")"
  }

  /// A number of any size, with about four digits.
  package static func short(_ value: Double) -> String {
    let size = abs(value)
    return fixed(value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3)
  }

  package static func percent(_ share: Double, _ digits: Int = 1) -> String { "\(fixed(100 * share, digits))\(space)%" }

  /// Such as `2 h 5 min`, `3 min 20 s` or `4.2 s`.
  package static func duration(_ seconds: Double) -> String {
    // No machine has run for longer than 30 million years: a number from a file may be anything.
    guard (60..<1e15).contains(seconds) else { return "\(fixed(seconds, 1))\(space)s" }
    let total = Int(seconds.rounded())
    let parts =
      total >= 3600 ? [(total / 3600, "h"), (total / 60 % 60, "min")] : [(total / 60, "min"), (total % 60, "s")]
    return parts.map { "\($0)\(space)\($1)" }.joined(separator: " ")
  }

  /// `2026-11-23 20:15` from `2026-11-23T20:15:04Z`.
  package static func time(_ time: String) -> String { String(time.prefix(16)).replacing("T", with: " ") }

  /// Ten thousands and more are grouped.
  private static func grouped(_ digits: String) -> String {
    guard digits.count > 4 else { return digits }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result.append(space) }
      result.append(digit)
    }
    return result
  }
}
