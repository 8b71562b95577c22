package import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
package import Models
package import Storage

/// Measures a model on the test split, rows divided over ranks. No result depends on the number of ranks beyond
/// rounding, and all ranks get the same.
package struct Evaluator {
  let model: any Model
  let shard: Shard
  let blocks: RowBlocks
  /// Test rows over all ranks.
  package let rowCount: Int
  let seed: UInt64
  let collectives: any Collectives

  /// Reads this rank's part of the test rows.
  /// - Parameter limit: takes only the first so many.
  /// - Throws: `EvaluationError` when there are no test rows, `StorageError` when they cannot be read.
  package init(
    _ model: any Model, _ dataset: borrowing PackedDataset, limit: Int?, seed: UInt64, collectives: any Collectives
  ) throws {
    rowCount = min(limit ?? .max, dataset.rowCount(of: .test))
    guard rowCount > 0 else { throw EvaluationError("\(dataset.path) has no test rows to evaluate on") }
    let (rank, size) = (collectives.rank, collectives.worldSize)
    shard = try Shard(
      dataset, modalities: model.configuration.dataModalities, split: .test,
      rows: rowCount * rank / size..<rowCount * (rank + 1) / size)
    blocks = RowBlocks(shard, of: model)
    (self.model, self.seed, self.collectives) = (model, seed, collectives)
  }

  /// Estimates a table of likelihoods by importance sampling.
  /// - Parameters:
  ///   - samples: K.
  ///   - setup: the paper's set-up that the model is, if it is one: its figures are put beside ours.
  ///   - log: on rank 0: what is done already, and where what is done is recorded.
  ///   - progress: called on every rank with the rows that are done and those there are, over all proposals.
  /// - Throws: `EvaluationStopped` on all ranks when one has received a signal; what the exchange throws.
  package func likelihoods(
    _ table: LikelihoodTable, samples: Int, setup: String?, log: EvaluationLog? = nil,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> [LikelihoodEstimate] {
    collectives.watchdog.progress.enter(.evaluation)
    let queries = table.queries
    let estimates = try RowEstimates(
      widths: queries.map(\.targets.count), rowCount: rowCount, log: log, collectives: collectives)
    for (index, query) in queries.enumerated() {
      let sampler = ImportanceSampler(
        model, given: query.given, targetSets: query.targets, samples: samples, seed: seed)
      try estimate(index, by: sampler, into: estimates) {
        progress(estimates.doneCount, queries.count * rowCount)
      }
    }
    return table.rows.map { row in
      let index = queries.firstIndex { $0.given == row.joint.given } ?? 0
      var moments = Moments()
      for i in 0..<rowCount {
        moments.add(row.value(Array(estimates.of(index, row: i)), of: queries[index].targets))
      }
      return LikelihoodEstimate(
        quantity: row.quantity, given: row.given, mean: moments.mean(rowCount),
        standardError: moments.standardError(rowCount),
        paper: setup.flatMap {
          PaperFigures.figure(
            row.quantity, source: row.source, setup: $0, family: model.configuration.family.name.rawValue)
        })
    }
  }

  /// Estimates what is not done yet of this rank's rows. Collective.
  private func estimate(
    _ query: Int, by sampler: ImportanceSampler, into estimates: RowEstimates, progress: () -> Void
  ) throws {
    var meetings = mostMeetings
    func meet(first: Int, _ values: [[Double]]) throws {
      let cause = try estimates.share(query, first: first, values: values, request: StopSignals.cause)
      meetings -= 1
      progress()
      if let cause { throw EvaluationStopped(cause: cause) }
    }
    try blocks.forEachBlock { firstRow, inputs in
      let rows = firstRow..<firstRow + inputs[0].rows
      if rows.contains(where: { !estimates.isDone(query, row: $0) }) { sampler.begin(inputs, firstRow: firstRow) }
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: RowEstimates.meetingRows) {
        let part = first..<min(first + RowEstimates.meetingRows, rows.upperBound)
        let isDone = part.allSatisfy { estimates.isDone(query, row: $0) }
        // A row may take seconds: a request to stop is looked for before each.
        let wanted = isDone ? first..<first : part
        try meet(
          first: first,
          wanted.prefix { _ in StopSignals.cause == nil }.map { sampler.estimate(row: $0 - firstRow) })
      }
    }
    while meetings > 0 { try meet(first: 0, []) }
  }

  /// Meetings of the rank that has most rows. Ranks that only met at the end would wait for hours if one were slow, and
  /// could not tell it from one that does not answer.
  private var mostMeetings: Int {
    let rows = (rowCount + collectives.worldSize - 1) / collectives.worldSize
    return (rows + RowEstimates.meetingRows - 1) / RowEstimates.meetingRows
  }

  /// Adds the ranks' moments up.
  func sum(_ moments: [Moments]) throws -> [Moments] {
    var sums = moments.flatMap { [$0.sum, $0.squares] }
    try sums.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    return moments.indices.map { Moments(sum: sums[2 * $0], squares: sums[2 * $0 + 1]) }
  }
}

/// An evaluation that ended before all was estimated, on all ranks together.
package struct EvaluationStopped: Error {
  package let cause: StopCause
}

/// Sums from which mean and variance over rows are made.
struct Moments {
  var sum = 0.0
  var squares = 0.0

  mutating func add(_ value: Double) {
    sum += value
    squares += value * value
  }

  func mean(_ count: Int) -> Double { sum / Double(count) }

  /// Of single values, with `count` - 1 in the denominator; nil for a single value.
  func variance(_ count: Int) -> Double? {
    guard count > 1 else { return nil }
    let n = Double(count)
    let variance = (squares / n - mean(count) * mean(count)) * n / (n - 1)
    // Rounding can make it negative. What is not a number must stay so.
    return variance < 0 ? 0 : variance
  }

  /// Of the mean; nil for a single value.
  func standardError(_ count: Int) -> Double? { variance(count).map { ($0 / Double(count)).squareRoot() } }
}

extension LikelihoodRow {
  /// This row's value for one data row, from the estimates of the target sets sampled together.
  fileprivate func value(_ estimates: [Double], of targetSets: [[Int]]) -> Double {
    func estimate(_ query: LikelihoodQuery) -> Double {
      targetSets.firstIndex(of: query.targets).map { estimates[$0] } ?? .nan
    }
    return estimate(joint) - (condition.map(estimate) ?? 0)
  }
}
