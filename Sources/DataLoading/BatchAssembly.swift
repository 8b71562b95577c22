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
  private let noiseModalities: [Int?]
  /// The rows that have each modality, filled where some lack it.
  private let indices: [RowIndices]
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
  ///   - draws: of the latents of a row.
  ///   - noisePurpose: what the noise is for: training or validation.
  package init(_ model: any Model, rows: Int, draws: Int = 1, seed: UInt64, noisePurpose: RandomPurpose) {
    let modalities = model.configuration.modalities
    widths = modalities.map(\.shape.count)
    inputs = widths.map { FloatArena(count: rows * $0) }
    noiseWidths = model.objectiveNoise.map { draws * $0.width }
    noiseModalities = model.objectiveNoise.map(\.modality)
    indices = modalities.map { _ in RowIndices(capacity: rows) }
    noise = noiseWidths.map { FloatArena(count: rows * $0) }
    noiseStreams = noise.indices.map { RandomStream(seed: seed, purpose: noisePurpose, part: UInt16($0)) }
    keep = FloatArena(count: rows * modalities.count)
    keepProbabilities = modalities.map { Float(1 - $0.dropout) }
    dropout = RandomStream(seed: seed, purpose: .dropout)
    self.seed = seed
    batch = Batch(
      rows: BatchRows(local: 0, global: 1), inputs: inputs.map { _ in .empty }, keepMask: nil,
      noise: noise.map { _ in .empty }, noiseModalities: noiseModalities)
  }

  /// Sets the number of rows; `fill` then writes each.
  /// - Parameter epoch: the epoch of training that binarised data is drawn for; nil for the fixed draw.
  package func begin(_ rows: BatchRows, masked: Bool, epoch: Int? = nil) {
    draw = epoch.map { .training(seed: seed, epoch: $0) } ?? .fixed
    batch.rows = rows
    for i in inputs.indices {
      batch.inputs[i] = inputs[i].matrix(rows: rows.local, columns: widths[i])
      batch.present[i] = .all(rows.local)
    }
    for i in noise.indices { batch.noise[i] = noise[i].matrix(rows: rows.local, columns: noiseWidths[i]) }
    batch.keepMask = masked ? keep.matrix(rows: rows.local, columns: widths.count) : nil
  }

  /// Writes one row: data, noise and, if the batch is masked, its modality-dropout mask. Where the shard has gaps, rows
  /// are filled one after the other.
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
      let place = store.hasGaps(i) ? select(index, of: i, ifPresent: store.has(i, slot: slot)) : index
      guard let place else { continue }
      store.load(slot: slot, row: source, modality: i, into: inputs[i].base + place * widths[i], draw: draw)
    }
    for i in noise.indices {
      guard let place = place(ofNoise: i, row: index, slot: slot, in: store) else { continue }
      noiseStreams[i].fillNormals(batch.noise[i], row: place, at: (step: step, row: row))
    }
    if let mask = batch.keepMask {
      drawMask(into: mask.row(index), step: step, row: row) { store.has($0, slot: slot) }
    }
  }

  private func place(ofNoise index: Int, row: Int, slot: Int, in store: RowStore) -> Int? {
    guard let modality = noiseModalities[index], store.hasGaps(modality) else { return row }
    return store.has(modality, slot: slot) ? batch.present[modality].count - 1 : nil
  }

  /// Adds a row to those that have a modality, if it has.
  /// - Returns: its place among them; nil if it lacks the modality.
  private func select(_ index: Int, of modality: Int, ifPresent isPresent: Bool) -> Int? {
    // The first row begins the selection anew.
    let place = index == 0 ? 0 : batch.present[modality].count
    let count = place + (isPresent ? 1 : 0)
    if isPresent { indices[modality][place] = Int32(index) }
    let present = RowSelection(indices[modality], count: count, of: batch.rows.local)
    batch.present[modality] = present
    batch.inputs[modality] = inputs[modality].matrix(rows: count, columns: widths[modality])
    for i in noise.indices where noiseModalities[i] == modality {
      batch.noise[i] = noise[i].matrix(rows: count, columns: noiseWidths[i])
    }
    return isPresent ? place : nil
  }

  /// Keeps each modality that the row has with its probability; a mask that drops all is drawn again (spec of eq. 10 to
  /// 12, and section 7).
  private func drawMask(
    into mask: UnsafeMutablePointer<Float>, step: UInt64, row: UInt32, _ isPresent: (_ modality: Int) -> Bool
  ) {
    let count = keepProbabilities.count
    var index: UInt32 = 0
    var isAnyKept = false
    while !isAnyKept {
      for i in 0..<count {
        let isKept = dropout.uniform(step: step, row: row, index: index) < keepProbabilities[i] && isPresent(i)
        mask[i] = isKept ? 1 : 0
        isAnyKept = isAnyKept || isKept
        index += 1
      }
    }
  }
}
