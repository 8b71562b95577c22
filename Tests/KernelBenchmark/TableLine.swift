import Foundation

/// A line of the table: names to the left, numbers to the right.
func tableLine(_ names: [String], _ numbers: [String]) -> String {
  let left = zip(names, [38, 32]).map { name, width in name + padding(name, width) }
  let right = zip(numbers, [14, 14, 8, 16]).map { number, width in padding(number, width) + number }
  return (left + right).joined()
}

private func padding(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(1, width - text.count))
}

func microseconds(_ seconds: Double) -> String { String(format: "%.2f µs", seconds * 1e6) }
