package import Communication
internal import Configuration
internal import Kernels
package import Models
package import Storage
internal import Training

/// Estimates the likelihood table on the test split, rows divided over ranks.
package struct Evaluator {
  private let model: any Model
  private let setup: String?
  private let table: LikelihoodTable
  private let collectives: any Collectives

  /// - Parameter setup: the paper's set-up that the model is, if it is one: its figures are shown beside ours.
  package init(_ model: any Model, setup: String?, collectives: any Collectives) {
    self.model = model
    self.setup = setup
    self.collectives = collectives
    table = LikelihoodTable(model.configuration.modalities)
  }

  /// Every test row once, up to `limit`. The result does not depend on the number of ranks beyond rounding.
  /// - Parameters:
  ///   - samples: K.
  ///   - progress: called on every rank with the rows it has finished and those it will, over all proposals.
  /// - Returns: the same on all ranks.
  /// - Throws: what reading and the exchange throw.
  package func evaluate(
    _ dataset: borrowing PackedDataset, samples: Int, limit: Int?, seed: UInt64,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> [LikelihoodEstimate] {
    let rowCount = min(limit ?? .max, dataset.rowCount(of: .test))
    guard rowCount > 0 else { throw TrainingError("\(dataset.path) has no test rows to evaluate on") }
    let (rank, size) = (collectives.rank, collectives.worldSize)
    let rows = rowCount * rank / size..<rowCount * (rank + 1) / size
    let shard = try Shard(
      dataset, modalities: model.configuration.dataModalities, split: .test, rows: rows)
    var moments = [Moments](repeating: Moments(), count: table.rows.count)
    let queries = table.queries
    for (index, query) in queries.enumerated() {
      let sampler = ImportanceSampler(
        model, given: query.given, targetSets: query.targets, samples: samples, seed: seed)
      forEachEstimate(sampler, shard) { row, estimates in
        for (place, line) in table.rows.enumerated() where line.joint.given == query.given {
          moments[place].add(line.value(estimates, of: query.targets))
        }
        progress(index * rows.count + row + 1 - rows.lowerBound, queries.count * rows.count)
      }
    }
    return try summarise(moments, rowCount: rowCount)
  }

  private func forEachEstimate(
    _ sampler: ImportanceSampler, _ shard: Shard, _ body: (_ row: Int, _ estimates: [Double]) -> Void
  ) {
    let widths = model.configuration.modalities.map(\.shape.count)
    let arenas = widths.map { FloatArena(count: ImportanceSampler.encodedRows * $0) }
    for start in stride(from: shard.rows.lowerBound, to: shard.rows.upperBound, by: ImportanceSampler.encodedRows) {
      let count = min(ImportanceSampler.encodedRows, shard.rows.upperBound - start)
      let inputs = zip(arenas, widths).map { $0.matrix(rows: count, columns: $1) }
      for (modality, input) in inputs.enumerated() {
        for place in 0..<count { shard.load(row: start + place, modality: modality, into: input.row(place)) }
      }
      sampler.estimate(inputs, firstRow: start) { row, estimates in body(start + row, estimates) }
    }
  }

  private func summarise(_ moments: [Moments], rowCount: Int) throws -> [LikelihoodEstimate] {
    var sums = moments.flatMap { [$0.sum, $0.squares] }
    try sums.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    return table.rows.enumerated().map { place, row in
      let (mean, n) = (sums[2 * place] / Double(rowCount), Double(rowCount))
      let variance = max(0, sums[2 * place + 1] / n - mean * mean) * n / (n - 1)
      return LikelihoodEstimate(
        quantity: row.quantity, given: row.given, mean: mean,
        standardError: rowCount > 1 ? (variance / n).squareRoot() : nil,
        paper: setup.flatMap { PaperFigures.figure(row, setup: $0, family: model.configuration.family.name) })
    }
  }
}

/// Sums from which mean and variance over rows are made.
private struct Moments {
  var sum = 0.0
  var squares = 0.0

  mutating func add(_ value: Double) {
    sum += value
    squares += value * value
  }
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
