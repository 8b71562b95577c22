/// What one look at all numbers of an array found.
struct ArraySurvey {
  private(set) var least = Double.infinity
  private(set) var greatest = -Double.infinity
  private(set) var isFinite = true
  /// The first row that is not a single 1 among zeros.
  private(set) var firstRowNotOneHot: Int?

  init(_ array: NPYFile) throws {
    let width = array.rowElementCount
    try array.forEachBlock { firstRow, numbers in
      addRange(of: numbers)
      guard firstRowNotOneHot == nil else { return }
      firstRowNotOneHot = stride(from: 0, to: numbers.count, by: width)
        .first { !Self.isOneHot(numbers[$0..<($0 + width)]) }.map { firstRow + $0 / width }
    }
  }

  func lies(within range: ClosedRange<Double>) -> Bool {
    isFinite && least >= range.lowerBound && greatest <= range.upperBound
  }

  private mutating func addRange(of numbers: [Double]) {
    for number in numbers {
      least = min(least, number)
      greatest = max(greatest, number)
      isFinite = isFinite && number.isFinite
    }
  }

  private static func isOneHot(_ row: ArraySlice<Double>) -> Bool {
    var ones = 0
    for number in row {
      if number == 1 { ones += 1 } else if number != 0 { return false }
    }
    return ones == 1
  }
}
