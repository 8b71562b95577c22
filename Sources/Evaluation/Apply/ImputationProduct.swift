internal import Configuration
internal import Kernels
internal import Models
internal import Storage

/// What the model knows of modalities that are not given, or that a row lacks: moments, medians, draws, and the data with
/// its gaps filled.
final class ImputationProduct: RowProduct {
  static let sampleSize = RowColumn("imputation_sample_size", .float64)

  let buffers: [ColumnBuffer]
  private let targets: [ImputedModality]
  private let given: [Int]
  private let isAlwaysPredicted: Bool
  private let draws: WeightedDraws
  private var block: RowBlock?

  /// - Parameters:
  ///   - targets: indices of the modalities.
  ///   - isAlwaysPredicted: also for rows that have a modality which is given.
  ///   - outputs: some of means, deviations, medians, draws, filled.
  init(
    _ model: any Model, given: [Int], targets: [Int], isAlwaysPredicted: Bool, outputs: Set<ApplyOutput>, samples: Int,
    drawCount: Int, seed: UInt64
  ) {
    (self.given, self.isAlwaysPredicted) = (given, isAlwaysPredicted)
    self.targets = targets.map { ImputedModality(model, $0, outputs, drawCount: drawCount) }
    draws = WeightedDraws(model, given: given, decoded: targets, samples: samples, seed: seed)
    buffers = [ColumnBuffer(Self.sampleSize)] + self.targets.flatMap(\.buffers)
  }

  func begin(_ block: RowBlock) throws {
    self.block = block
    draws.begin(block.observations, firstRow: block.rows.lowerBound)
    for target in targets { try target.begin(block) }
  }

  func add(row: Int) {
    guard let observations = block?.observations else { return }
    let predicted = targets.filter { target in
      isAlwaysPredicted || !(given.contains(target.index) && observations.has(target.index, row: row))
    }
    buffers[0].append(predicted.isEmpty ? Double.nan : draws.weigh(row: row))
    if !predicted.isEmpty {
      for target in predicted { target.prediction.begin(draws) }
      draws.decode(predicted.map(\.index)) { predicted[$0].prediction.add($1, $2, draws) }
    }
    for target in targets {
      target.add(
        row: row, isPredicted: predicted.contains { $0 === target }, has: observations.has(target.index, row: row))
    }
  }
}
