internal import DataLoading
internal import Foundation
internal import Kernels
internal import Models
internal import Storage

/// log p(targets | given) of every row, and how far its estimate may be trusted. The draws are those of `Evaluator`.
final class ScoreProduct: RowProduct {
  static let score = RowColumn("score", .float64)
  static let sampleSize = RowColumn("score_sample_size", .float64)
  /// Which modalities the score is made of, as bits: scores of other ones do not compare. For the percentiles alone.
  static let pattern = RowColumn("score_pattern", .int64)

  let buffers = [score, sampleSize, pattern].map(ColumnBuffer.init)
  private let row: LikelihoodRow
  private let sampler: ImportanceSampler
  private var block: RowBlock?

  init(_ model: any Model, _ row: LikelihoodRow, samples: Int, seed: UInt64) {
    self.row = row
    let queries = [row.joint] + row.conditions
    sampler = ImportanceSampler(
      model, given: row.joint.given, targetSets: queries.map(\.targets), samples: samples, seed: seed)
  }

  func begin(_ block: RowBlock) {
    self.block = block
    sampler.begin(block.observations, firstRow: block.rows.lowerBound)
  }

  func add(row index: Int) {
    guard let observations = block?.observations else { return }
    let pattern = row.joint.targets.reduce(into: Int64(0)) { bits, modality in
      if observations.has(modality, row: index) { bits |= 1 << Int64(modality % 64) }
    }
    buffers[2].append(pattern)
    // A row without any of the targets says nothing of them.
    guard row.scored.contains(where: { observations.has($0, row: index) }) else {
      for buffer in buffers.prefix(2) { buffer.append(Double.nan) }
      return
    }
    let weights = sampler.weights(row: index)
    buffers[0].append(weights[0].value - (row.conditions.isEmpty ? 0 : weights[1].value))
    buffers[1].append(weights[0].effectiveCount)
  }
}

/// The posteriors of the latents that what is given determines; not a number where a row lacks a latent's modality.
final class LatentProduct: RowProduct {
  let buffers: [ColumnBuffer]
  private let proposal: any Proposal
  private var posteriors: [LatentPosterior] = []
  private var block: RowBlock?

  /// - Parameter group: where the columns lie, such as `latents/`.
  init(_ model: any Model, given: [Int], group: String) {
    proposal = model.makeProposal(given: given, decoded: [], rows: RowBlocks.rowCount, draws: 1)
    buffers = proposal.noise.flatMap { latent in
      ["mean", "logvar"].map { ColumnBuffer(RowColumn("\(group)\(latent.name)/\($0)", [latent.width], .float32)) }
    }
  }

  func begin(_ block: RowBlock) {
    self.block = block
    proposal.encode(block.observations)
    // Once for all rows: a top-down posterior is computed when it is asked for.
    posteriors = proposal.posteriors
  }

  func add(row: Int) {
    for (place, posterior) in posteriors.enumerated() {
      let isKnown = posterior.modality.map { block?.observations.has($0, row: row) ?? false } ?? true
      for (offset, matrix) in [posterior.distribution.mean, posterior.distribution.logvar].enumerated() {
        let values = UnsafeBufferPointer(start: matrix.row(row), count: matrix.columns)
        buffers[2 * place + offset].append(isKnown ? Array(values) : values.map { _ in .nan })
      }
    }
  }
}

/// Which row of its source file a row was.
final class SourceRowProduct: RowProduct {
  static let column = RowColumn("source_row", .int64)

  let buffers = [ColumnBuffer(column)]
  private var numbers: [Int] = []

  func begin(_ block: RowBlock) throws {
    numbers = try block.data.dataset.sourceRows(of: block.split, block.rows)
  }

  func add(row: Int) { buffers[0].append(Int64(numbers[row])) }
}
