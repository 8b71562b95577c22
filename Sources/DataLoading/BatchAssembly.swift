internal import Configuration
package import Kernels
package import Layers
package import Models

/// Room for one rank's part of a batch, filled row by row. Every random number depends on seed, purpose, step and the
/// row's place, never on the rank.
package final class BatchAssembly {
  private let inputs: [FloatArena]
  private let widths: [Int]
  private let noise: [FloatArena]
  private let noiseWidths: [Int]
  private let noiseStreams: [RandomStream]
  private let keep: FloatArena
  private let keepProbabilities: [Float]
  private let dropout: RandomStream
  private let seed: UInt64
  private var draw = BinarizationDraw.fixed
  /// The current batch, overwritten by the next, so that a step allocates nothing.
  package private(set) var batch: Batch

  /// - Parameters:
  ///   - rows: the most rows of a batch on this rank.
  ///   - noisePurpose: what the noise is for: training or validation.
  package init(_ model: any Model, rows: Int, seed: UInt64, noisePurpose: RandomPurpose) {
    let modalities = model.configuration.modalities
    widths = modalities.map(\.shape.count)
    inputs = widths.map { FloatArena(count: rows * $0) }
    noiseWidths = model.objectiveNoise.map(\.width)
    noise = noiseWidths.map { FloatArena(count: rows * $0) }
    noiseStreams = noise.indices.map { RandomStream(seed: seed, purpose: noisePurpose, part: UInt16($0)) }
    keep = FloatArena(count: rows * modalities.count)
    keepProbabilities = modalities.map { Float(1 - $0.dropout) }
    dropout = RandomStream(seed: seed, purpose: .dropout)
    self.seed = seed
    batch = Batch(
      rows: BatchRows(local: 0, global: 1), inputs: inputs.map { _ in .empty }, keepMask: nil,
      noise: noise.map { _ in .empty })
  }

  /// Sets the number of rows; `fill` then writes each.
  /// - Parameter epoch: the epoch of training that binarised data is drawn for; nil for the fixed draw.
  package func begin(_ rows: BatchRows, masked: Bool, epoch: Int? = nil) {
    draw = epoch.map { .training(seed: seed, epoch: $0) } ?? .fixed
    batch.rows = rows
    for i in inputs.indices { batch.inputs[i] = inputs[i].matrix(rows: rows.local, columns: widths[i]) }
    for i in noise.indices { batch.noise[i] = noise[i].matrix(rows: rows.local, columns: noiseWidths[i]) }
    batch.keepMask = masked ? keep.matrix(rows: rows.local, columns: widths.count) : nil
  }

  /// Writes one row: data, noise and, if the batch is masked, its modality-dropout mask.
  /// - Parameters:
  ///   - index: its row in this rank's part of the batch.
  ///   - source: its row in the split, to be found in `shard`.
  ///   - step, row: the coordinates of its random numbers.
  package func fill(_ index: Int, from shard: Shard, row source: Int, step: UInt64, row: UInt32) {
    fill(index, from: shard.store, slot: shard.slot(of: source), row: source, step: step, drawRow: row)
  }

  /// The same from a slot of a store that holds the split's row `source`.
  func fill(_ index: Int, from store: RowStore, slot: Int, row source: Int, step: UInt64, drawRow row: UInt32) {
    for i in inputs.indices {
      store.load(slot: slot, row: source, modality: i, into: batch.inputs[i].row(index), draw: draw)
    }
    for i in noise.indices {
      noiseStreams[i].fillNormals(batch.noise[i], row: index, at: (step: step, row: row))
    }
    if let mask = batch.keepMask { drawMask(into: mask.row(index), step: step, row: row) }
  }

  /// Keeps each modality with its probability; a mask that drops all is drawn again (spec of eq. 10 to 12).
  private func drawMask(into mask: UnsafeMutablePointer<Float>, step: UInt64, row: UInt32) {
    let count = keepProbabilities.count
    var index: UInt32 = 0
    var isAnyKept = false
    while !isAnyKept {
      for i in 0..<count {
        let isKept = dropout.uniform(step: step, row: row, index: index) < keepProbabilities[i]
        mask[i] = isKept ? 1 : 0
        isAnyKept = isAnyKept || isKept
        index += 1
      }
    }
  }
}
