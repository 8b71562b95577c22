internal import Storage

/// Where scores lie among those of training rows. Only scores that are made of the same modalities compare.
struct Percentiles {
  static let column = RowColumn("score_percentile", .float64)
  /// Among fewer rows there is no percentile.
  static let fewestRows = 20

  /// By pattern, ascending.
  private let scores: [Int64: [Double]]

  /// - Parameter segment: the first that was recorded.
  init(_ records: RecordFile, _ segment: RowSegment) throws(StorageError) {
    let rows = RecordedRows(records, UnitOrder([segment]), [segment], first: 0)
    var scores: [Int64: [Double]] = [:]
    try rows.forEachUnit([ScoreProduct.score, ScoreProduct.pattern]) { _, _, bytes throws(StorageError) in
      for (score, pattern) in zip(bytes[0].numbers(Double.self), bytes[1].numbers(Int64.self)) where !score.isNaN {
        scores[pattern, default: []].append(score)
      }
    }
    self.scores = scores.mapValues { $0.sorted() }
  }

  /// The part of the training rows, in percent, whose score is lower; of equal ones the half. Not a number where there is
  /// no score, or too few to compare with.
  func percentile(of score: Double, pattern: Int64) -> Double {
    guard !score.isNaN, let others = scores[pattern], others.count >= Self.fewestRows else { return .nan }
    let (below, notAbove) = (others.count(prefix: { $0 < score }), others.count(prefix: { $0 <= score }))
    return 50 * Double(below + notAbove) / Double(others.count)
  }

  /// By how many nats a score lies below the middle one of the training rows; not a number where there is no percentile.
  func shortfall(of score: Double, pattern: Int64) -> Double {
    guard let others = scores[pattern], others.count >= Self.fewestRows else { return .nan }
    return others[others.count / 2] - score
  }
}

extension [Double] {
  /// How many of ascending values, from the first on, fulfil what no later one does.
  fileprivate func count(prefix isIncluded: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isIncluded(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
