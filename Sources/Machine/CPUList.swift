/// Processors as Linux lists them: `0-3,8,10-11`.
package struct CPUList: Equatable, Sendable, CustomStringConvertible {
  /// Ascending, without repetition.
  package let numbers: [Int]

  package init(_ numbers: some Sequence<Int>) { self.numbers = Set(numbers).sorted() }

  /// - Returns: nil for what is not such a list.
  package init?(_ text: String) {
    var numbers: [Int] = []
    for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(bounds.count), let first = bounds[0], let last = bounds[bounds.count - 1],
        0 <= first, first <= last, last < 1 << 20
      else { return nil }
      numbers += first...last
    }
    self.init(numbers)
  }

  package var description: String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
  }
}
