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
  /// By modality: which of all test rows have it; nil where none lacks it.
  let masks: [[Bool]?]
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
    shard = try Shard(
      dataset, modalities: model.configuration.dataModalities, split: .test, rows: collectives.ownPart(of: rowCount))
    blocks = RowBlocks(shard, of: model)
    masks = try Self.masks(of: model, dataset)
    (self.model, self.seed, self.collectives) = (model, seed, collectives)
  }

  private static func masks(of model: any Model, _ dataset: borrowing PackedDataset) throws -> [[Bool]?] {
    var masks: [[Bool]?] = []
    for modality in model.configuration.modalities {
      masks.append(dataset.hasGaps(modality.name, .test) ? try dataset.mask(modality.name, .test) : nil)
    }
    return masks
  }

  /// Estimates a table of likelihoods by importance sampling.
  /// - Parameters:
  ///   - samples: K.
  ///   - setup: the paper's set-up that the model is, if it is one: its figures are put beside ours.
  ///   - mixture: also estimates under this prior of the shared latent.
  ///   - log: on rank 0: what is done already, and where what is done is recorded.
  ///   - progress: called on every rank with the rows that are done and those there are, over all proposals.
  /// - Throws: `EvaluationStopped` on all ranks when one has received a signal; what the exchange throws.
  package func likelihoods(
    _ table: LikelihoodTable, samples: Int, setup: String?, mixture: GaussianMixture? = nil, log: EvaluationLog? = nil,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> [LikelihoodEstimate] {
    collectives.watchdog.progress.enter(.evaluation)
    let queries = table.queries
    let estimates = try RowEstimates(
      widths: queries.map { $0.targets.count * (mixture == nil ? 1 : 2) }, rowCount: rowCount, log: log,
      collectives: collectives)
    for (index, query) in queries.enumerated() {
      let sampler = ImportanceSampler(
        model, given: query.given, targetSets: query.targets, samples: samples, mixture: mixture, seed: seed)
      try estimate(index, by: sampler, into: estimates) {
        progress(estimates.doneCount, queries.count * rowCount)
      }
    }
    return table.rows.map { row in
      // A row without any of the targets says nothing of them.
      let rows = (0..<rowCount).filter { i in row.scored.contains { masks[$0]?[i] ?? true } }
      let moments = row.moments(rows) { query, i in estimates.of(query, among: queries, row: i) }
      let underMixture = mixture.map { _ in
        row.moments(rows) { query, i in estimates.of(query, among: queries, row: i, underMixture: true) }
      }
      return LikelihoodEstimate(
        quantity: row.quantity, given: row.given, mean: moments.mean, standardError: moments.standardError,
        rows: moments.count,
        mixture: underMixture.map { MixtureEstimate(mean: $0.mean, standardError: $0.standardError) },
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
    try blocks.forEachBlock { firstRow, block in
      let rows = firstRow..<firstRow + block.rows
      if rows.contains(where: { !estimates.isDone(query, row: $0) }) { sampler.begin(block, firstRow: firstRow) }
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
  func sum(_ moments: [Moments]) throws -> [Moments] { try moments.shared(collectives) }
}

/// An evaluation that ended before all was estimated, on all ranks together.
package struct EvaluationStopped: Error {
  package let cause: StopCause
}

/// Sums from which mean and variance over rows are made.
struct Moments {
  var sum = 0.0
  var squares = 0.0
  /// Values that were added.
  var count = 0

  mutating func add(_ value: Double) {
    sum += value
    squares += value * value
    count += 1
  }

  /// Those of all ranks together.
  func shared(_ collectives: any Collectives) throws -> Moments { try [self].shared(collectives)[0] }

  /// Not a number without values.
  var mean: Double { sum / Double(count) }

  /// Of single values, with `count` - 1 in the denominator; nil for fewer than two values.
  var variance: Double? {
    guard count > 1 else { return nil }
    let n = Double(count)
    let variance = (squares / n - mean * mean) * n / (n - 1)
    // Rounding can make it negative. What is not a number must stay so.
    return variance < 0 ? 0 : variance
  }

  /// Of the mean; nil for fewer than two values.
  var standardError: Double? { variance.map { ($0 / Double(count)).squareRoot() } }
}

extension [Moments] {
  /// Those of all ranks together, in one message.
  func shared(_ collectives: any Collectives) throws -> [Moments] {
    var sums = flatMap { [$0.sum, $0.squares, Double($0.count)] }
    try sums.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    return indices.map { Moments(sum: sums[3 * $0], squares: sums[3 * $0 + 1], count: Int(sums[3 * $0 + 2])) }
  }
}

extension RowEstimates {
  /// One row's estimate of a query, not a number if it was not made.
  fileprivate func of(
    _ query: LikelihoodQuery, among queries: [(given: [Int], targets: [[Int]])], row: Int, underMixture: Bool = false
  ) -> Double {
    guard let index = queries.firstIndex(where: { $0.given == query.given }),
      let place = queries[index].targets.firstIndex(of: query.targets)
    else { return .nan }
    let estimates = of(index, row: row)
    // Those under the mixture follow the others.
    return estimates[estimates.startIndex + place + (underMixture ? queries[index].targets.count : 0)]
  }
}

extension LikelihoodRow {
  /// The moments of this line of the table over some data rows.
  /// - Parameter estimate: of a query and a data row.
  fileprivate func moments(_ rows: [Int], estimate: (LikelihoodQuery, Int) -> Double) -> Moments {
    func moments(_ value: (Int) -> Double) -> Moments {
      var moments = Moments()
      for row in rows { moments.add(value(row)) }
      return moments
    }
    // All are lower bounds in expectation, so that the highest is the nearest.
    let means = conditions.map { condition in moments { estimate(condition, $0) }.mean }
    guard let best = conditions.indices.max(by: { means[$0] < means[$1] }) else {
      return moments { estimate(joint, $0) }
    }
    return moments { estimate(joint, $0) - estimate(conditions[best], $0) }
  }
}
