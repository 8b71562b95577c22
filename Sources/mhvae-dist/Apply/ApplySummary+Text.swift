import Evaluation

extension ApplySummary {
  /// For people; empty if there is nothing to tell.
  /// - Parameter quantity: what the score is.
  func text(quantity: String?) -> String {
    guard let quantity, let scoredRows, let meanScore, let unusualRows else { return "" }
    let error = standardError.map { " (std. error \($0.formatted(digits: 3)))" } ?? ""
    let mean = "\(quantity): mean \(meanScore.formatted(digits: 3)) nats\(error) over \(scoredRows) rows"
    let hasPercentiles = unusualRows.contains { $0.percentile != nil }
    var table = TextTable(
      header: ["split", "row", "source row", "score", "sample size"]
        + (hasPercentiles ? ["percentile", "below median"] : []),
      textColumns: 1)
    for row in unusualRows {
      table.add(
        [
          row.split, "\(row.row)", "\(row.sourceRow)", row.score.formatted(digits: 3),
          row.sampleSize.formatted(digits: 1),
        ] + [row.percentile, row.shortfall].compactMap { $0?.formatted(digits: 2) })
    }
    return mean + "\nthe most unusual rows:\n" + table.text
  }

  /// - Parameter samples: K.
  func warnings(samples: Int) -> [String] {
    let limit = Self.smallestSampleSize.formatted(digits: 0)
    func warning(_ uncertain: Int?, of rows: Int?, _ what: String) -> String? {
      guard let uncertain, uncertain > 0, let rows else { return nil }
      return
        "\(uncertain) of \(rows) \(what) rest on an effective sample size under \(limit): they are too uncertain to "
        + "use; give more than \(samples) --samples"
    }
    return [
      warning(uncertainScores, of: scoredRows, "scores"),
      warning(uncertainPredictions, of: predictedRows, "predicted rows"),
    ].compactMap(\.self)
  }
}
