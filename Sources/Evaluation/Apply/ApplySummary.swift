internal import Storage

/// What there is to say of rows that a model was applied to.
package struct ApplySummary: Encodable {
  /// A row whose score is among the lowest, or the furthest below those of the training rows.
  package struct UnusualRow: Encodable {
    package let split: String
    package let row: Int
    /// In the source file.
    package let sourceRow: Int
    package let score: Double
    package let sampleSize: Double
    /// Nil without training rows to compare with.
    package let percentile: Double?
    /// Nats below the middle of the training rows.
    package let shortfall: Double?
  }

  /// An estimate with a lower effective sample size rests on next to nothing.
  package static let smallestSampleSize = 5.0
  private static let unusualCount = 10

  package let rows: Int
  /// Rows with a score, its mean over them and the standard error of that; nil without.
  package private(set) var scoredRows: Int?
  package private(set) var meanScore: Double?
  package private(set) var standardError: Double?
  /// Scored rows whose effective sample size is too small, or not a number; nil without scores.
  package private(set) var uncertainScores: Int?
  /// The furthest below first.
  package private(set) var unusualRows: [UnusualRow]?
  /// Rows of which something was predicted, and those of them whose effective sample size is too small; nil without.
  package private(set) var predictedRows: Int?
  package private(set) var uncertainPredictions: Int?

  init(_ rows: RecordedRows, _ percentiles: Percentiles?) throws(StorageError) {
    self.rows = rows.rowCount
    if rows.columns.contains(ScoreProduct.score) { try addScores(rows, percentiles) }
    guard rows.columns.contains(ImputationProduct.sampleSize) else { return }
    var (predicted, uncertain) = (0, 0)
    try rows.forEachUnit([ImputationProduct.sampleSize]) { _, _, bytes throws(StorageError) in
      for size in bytes[0].numbers(Double.self) where !size.isNaN {
        predicted += 1
        if Self.isSmall(size) { uncertain += 1 }
      }
    }
    (predictedRows, uncertainPredictions) = (predicted, uncertain)
  }

  private static func isSmall(_ size: Double) -> Bool { !(size >= smallestSampleSize) }

  private mutating func addScores(_ rows: RecordedRows, _ percentiles: Percentiles?) throws(StorageError) {
    let sourceRow = SourceRowProduct.column
    var (moments, uncertain, unusual) = (Moments(), 0, [UnusualRow]())
    try rows.forEachUnit([ScoreProduct.score, ScoreProduct.sampleSize, ScoreProduct.pattern, sourceRow]) {
      segment, range, bytes throws(StorageError) in
      let (scores, sizes) = (bytes[0].numbers(Double.self), bytes[1].numbers(Double.self))
      let (patterns, numbers) = (bytes[2].numbers(Int64.self), bytes[3].numbers(Int64.self))
      for (i, row) in range.enumerated() where !(scores[i].isNaN && sizes[i].isNaN) {
        moments.add(scores[i])
        if Self.isSmall(sizes[i]) { uncertain += 1 }
        let found = UnusualRow(
          split: segment.split.rawValue, row: row, sourceRow: Int(numbers[i]), score: scores[i], sampleSize: sizes[i],
          percentile: percentiles?.percentile(of: scores[i], pattern: patterns[i]),
          shortfall: percentiles?.shortfall(of: scores[i], pattern: patterns[i]))
        guard unusual.count < Self.unusualCount || Self.isLess(found, unusual[unusual.count - 1]) else { continue }
        unusual.insert(found, at: unusual.firstIndex { Self.isLess(found, $0) } ?? unusual.count)
        if unusual.count > Self.unusualCount { unusual.removeLast() }
      }
    }
    (scoredRows, meanScore, standardError) = (moments.count, moments.mean, moments.standardError)
    (uncertainScores, unusualRows) = (uncertain, unusual)
  }

  /// Scores that are made of different modalities do not compare; how far they lie below the training rows' does. Rows
  /// without any of these to compare with come last.
  private static func isLess(_ a: UnusualRow, _ b: UnusualRow) -> Bool {
    func rank(_ row: UnusualRow) -> Double { row.shortfall.map { $0.isNaN ? .infinity : -$0 } ?? row.score }
    return (rank(a), a.score) < (rank(b), b.score)
  }
}
