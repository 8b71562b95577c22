internal import Configuration
internal import Kernels
package import Models

/// Rows of a shard as the networks see them, a block at a time: memory does not grow with the number of rows.
package struct RowBlocks {
  /// Rows of a block, except of the last.
  package static let rowCount = 64

  private let shard: Shard
  private let widths: [Int]
  private let arenas: [FloatArena]
  private let mask: FloatArena

  /// - Parameter shard: holds the modalities of `model`, in the model's order.
  package init(_ shard: Shard, of model: any Model) {
    self.shard = shard
    widths = model.configuration.modalities.map(\.shape.count)
    arenas = widths.map { FloatArena(count: Self.rowCount * $0) }
    mask = FloatArena(count: Self.rowCount * widths.count)
  }

  /// Calls `body` with each block: the number of its first row in the split, and its rows.
  package func forEachBlock(_ body: (_ firstRow: Int, _ rows: Observations) throws -> Void) rethrows {
    for start in stride(from: shard.rows.lowerBound, to: shard.rows.upperBound, by: Self.rowCount) {
      let count = min(Self.rowCount, shard.rows.upperBound - start)
      let inputs = zip(arenas, widths).map { $0.matrix(rows: count, columns: $1) }
      for (modality, input) in inputs.enumerated() {
        for i in 0..<count { shard.load(row: start + i, modality: modality, into: input.row(i)) }
      }
      try body(start, Observations(inputs, present: present(start..<start + count)))
    }
  }

  /// Which of some rows have which modality; nil where nothing is missing.
  private func present(_ rows: Range<Int>) -> Matrix? {
    guard widths.indices.contains(where: shard.hasGaps) else { return nil }
    let present = mask.matrix(rows: rows.count, columns: widths.count)
    for (i, row) in rows.enumerated() {
      for modality in widths.indices { present[i, modality] = shard.has(modality, row: row) ? 1 : 0 }
    }
    return present
  }
}
