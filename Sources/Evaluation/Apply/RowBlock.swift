internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models
internal import Storage

/// Consecutive rows of a split, as many as `RowBlocks` has in one block: those that are encoded together.
struct RowBlock {
  let data: ApplyData
  let split: Split
  /// Of the split.
  let rows: Range<Int>
  /// In the units that the model was trained in.
  let observations: Observations
}

/// A dataset that rows are read from, of the training data or of other data with the same modalities.
final class ApplyData {
  let dataset: PackedDataset
  private let model: any Model
  private let changes: [UnitChange?]

  /// - Precondition: the dataset was checked against the model.
  init(_ dataset: consuming PackedDataset, _ model: any Model) {
    let modalities = dataset.modalities
    changes = model.configuration.modalities.map { modality in
      let found = modalities.first { $0.name == modality.name }
      return UnitChange(from: found?.standardization, to: modality.sourceUnit)
    }
    self.dataset = dataset
    self.model = model
  }

  /// Reads a block.
  /// - Parameter first: a multiple of `RowBlocks.rowCount`, so that every row is always encoded with the same others: the
  ///   last bits of a product depend on its size.
  func block(_ split: Split, from first: Int) throws -> RowBlock {
    let rows = first..<min(first + RowBlocks.rowCount, dataset.rowCount(of: split))
    let shard = try Shard(dataset, modalities: model.configuration.dataModalities, split: split, rows: rows)
    var result: RowBlock?
    RowBlocks(shard, of: model).forEachBlock { _, observations in
      for (modality, change) in changes.enumerated() {
        guard let change else { continue }
        for row in 0..<observations.rows where observations.has(modality, row: row) {
          change.apply(to: observations.inputs[modality].row(row), count: observations.inputs[modality].columns)
        }
      }
      result = RowBlock(data: self, split: split, rows: rows, observations: observations)
    }
    guard let result else { preconditionFailure("\(split) has no row \(first)") }
    return result
  }
}

/// From values as one file standardises them to those that the model was trained on.
private struct UnitChange {
  /// One for each entry of the first axis; in memory these follow each other.
  private let factors: [Double]
  private let offsets: [Double]

  /// Nil if nothing changes.
  init?(from file: Standardization?, to unit: SourceUnit?) {
    let count = file?.mean.count ?? unit?.mean.count ?? 0
    let file = file ?? Standardization(mean: .zeros(count), deviation: .ones(count))
    let unit = unit ?? SourceUnit(mean: .zeros(count), deviation: .ones(count))
    guard file.mean != unit.mean || file.deviation != unit.deviation else { return nil }
    factors = (0..<count).map { file.deviation[$0] / unit.deviation[$0] }
    offsets = (0..<count).map { (file.mean[$0] - unit.mean[$0]) / unit.deviation[$0] }
  }

  func apply(to values: UnsafeMutablePointer<Float>, count: Int) {
    for i in 0..<count {
      values[i] = Float(Double(values[i]) * factors[i % factors.count] + offsets[i % factors.count])
    }
  }
}

extension [Double] {
  fileprivate static func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
  fileprivate static func ones(_ count: Int) -> [Double] { [Double](repeating: 1, count: count) }
}
