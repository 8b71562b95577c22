package import Storage

/// What `apply` writes of every row.
package enum ApplyOutput: String, CaseIterable, Sendable {
  case scores, means, deviations, medians, draws, filled, latents

  /// Those that are predictions.
  static let predictions: Set<ApplyOutput> = [.means, .deviations, .medians, .draws, .filled]
}

/// What is asked of a model for every row.
package struct ApplyRequest {
  /// Whose rows, in this order; those without rows are left out.
  package var splits: [Split]
  package var outputs: Set<ApplyOutput>
  /// Indices of what the model sees; nil for all that a row has.
  package var given: [Int]?
  /// Indices of what is scored and predicted; nil for all, and for what is not given or absent.
  package var targets: [Int]?
  /// K, draws of latents a row.
  package var samples: Int
  /// Predictions of each row that are written.
  package var draws: Int
  package var seed: UInt64
  /// At least so many training rows are scored, for the percentiles of scores; none if nil.
  package var percentileRows: Int?

  package init(
    splits: [Split], outputs: Set<ApplyOutput>, given: [Int]? = nil, targets: [Int]? = nil, samples: Int,
    draws: Int = 1,
    seed: UInt64, percentileRows: Int? = nil
  ) {
    (self.splits, self.outputs, self.given, self.targets) = (splits, outputs, given, targets)
    (self.samples, self.draws, self.seed, self.percentileRows) = (samples, draws, seed, percentileRows)
  }
}
