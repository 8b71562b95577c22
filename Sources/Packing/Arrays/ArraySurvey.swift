/// What one look at all numbers of an array found. Rows without an observation do not count.
struct ArraySurvey {
  private(set) var least = Double.infinity
  private(set) var greatest = -Double.infinity
  private(set) var isFinite = true
  private(set) var isWhole = true
  /// The first row that is not a single 1 among zeros.
  private(set) var firstRowNotOneHot: Int?
  /// The different values of rows of one number, or the places of the 1 in one-hot rows; nil if there are too many.
  private(set) var distinct: Set<Double>? = []
  /// Whether no number lies between the least and the greatest.
  private(set) var isOfTwoValues = true
  /// The least and the greatest of each value of short rows.
  private(set) var ranges: [ClosedRange<Double>] = []
  private(set) var presentCount = 0
  private var first: Double?
  private var second: Double?

  private static let largestDistinctCount = 1 << 16
  private static let largestRangeCount = 1 << 16

  init(_ rows: RowSource) throws {
    let width = rows.rowElementCount
    let hasRanges = rows.shape.count <= 2 && width <= Self.largestRangeCount
    try rows.forEachPresentBlock { indices, numbers in
      presentCount += indices.count
      addRange(of: numbers)
      if hasRanges { addRanges(of: numbers, width) }
      if width == 1 { addDistinct(numbers) }
      guard firstRowNotOneHot == nil else { return }
      addOneHot(indices, numbers, width)
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
      isWhole = isWhole && number == number.rounded(.towardZero)
      guard isOfTwoValues, number != first, number != second else { continue }
      if first == nil { first = number } else if second == nil { second = number } else { isOfTwoValues = false }
    }
  }

  private mutating func addRanges(of numbers: [Double], _ width: Int) {
    if ranges.isEmpty, numbers.count >= width { ranges = numbers[..<width].map { $0.isNaN ? 0...0 : $0...$0 } }
    for start in stride(from: 0, to: numbers.count, by: width) {
      for place in 0..<width {
        let (number, range) = (numbers[start + place], ranges[place])
        if number < range.lowerBound { ranges[place] = number...range.upperBound }
        if number > range.upperBound { ranges[place] = range.lowerBound...number }
      }
    }
  }

  private mutating func addDistinct(_ numbers: [Double]) {
    for number in numbers where distinct?.contains(number) == false { distinct?.insert(number) }
    if let distinct, distinct.count > Self.largestDistinctCount { self.distinct = nil }
  }

  private mutating func addOneHot(_ rows: [Int], _ numbers: [Double], _ width: Int) {
    for (place, row) in rows.enumerated() {
      guard let one = Self.oneHotPlace(numbers[(place * width)..<((place + 1) * width)]) else {
        firstRowNotOneHot = row
        return
      }
      if width > 1 { distinct?.insert(Double(one)) }
    }
  }

  private static func oneHotPlace(_ row: ArraySlice<Double>) -> Int? {
    var (place, ones) = (0, 0)
    for (index, number) in zip(0..., row) {
      if number == 1 { (place, ones) = (index, ones + 1) } else if number != 0 { return nil }
    }
    return ones == 1 ? place : nil
  }
}
