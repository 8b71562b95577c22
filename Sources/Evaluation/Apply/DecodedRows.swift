package import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models
package import Runs
package import Storage

/// What a model makes of one modality of some rows when it sees others: what `translate` and `reconstruct` show.
package struct DecodedRows {
  private let segment: RowSegment
  private let rows: Range<Int>
  private let draws: Int
  private let width: Int

  /// - Parameters:
  ///   - dataset: that of the training.
  ///   - rows: of the split; they are there.
  ///   - given: indices of the modalities that are seen.
  ///   - target: the modality to decode.
  ///   - draws: how often it is drawn for each row; nil for once, with every latent at its mean.
  package init(
    _ trained: TrainedModel, _ dataset: consuming PackedDataset, _ split: Split, rows: Range<Int>, given: [Int],
    target: Int, draws: Int?, seed: UInt64
  ) {
    (self.rows, self.draws) = (rows, draws ?? 1)
    width = trained.model.configuration.modalities[target].shape.count
    let product = DecodedProduct(
      trained.model, given: given, target: target, draws: draws ?? 1,
      draws == nil ? .means : .random(seed: seed), rows: rows)
    let rowBytes = product.buffers[0].column.rowByteCount
    segment = RowSegment(
      ApplyData(dataset, trained.model), split, covering: rows, [product],
      unitRows: max(1, min(Self.unitRows, Self.unitBytes / rowBytes)))
  }

  /// Few, so that every rank gets some.
  private static let unitRows = 8
  private static let unitBytes = 8 << 20

  /// Decodes the rows on all ranks. Collective.
  /// - Returns: on rank 0, of each draw the means of all rows, one behind another; images channels-last.
  /// - Throws: `EvaluationStopped` on all ranks when one has received a signal; what reading and the exchange throw.
  package func decode(_ collectives: any Collectives) throws -> [[Float]]? {
    let records = collectives.rank == 0 ? MemoryRecords() : nil
    try RowEngine([segment], collectives).run(records) { _, _ in }
    guard let records else { return nil }
    // Whole blocks were decoded.
    let skipped = rows.lowerBound % RowBlocks.rowCount
    let values = records.bytes.numbers(Float.self)
    return (0..<draws).map { draw in
      (0..<rows.count).flatMap { row in
        let start = ((skipped + row) * draws + draw) * width
        return values[start..<start + width]
      }
    }
  }
}

/// The means of one modality, as often as latents are drawn; zeros for rows of the blocks that nobody asked for.
private final class DecodedProduct: RowProduct {
  let buffers: [ColumnBuffer]
  private let generator: Generator
  private let draws: Int
  private let rows: Range<Int>
  private var firstRow = 0

  init(_ model: any Model, given: [Int], target: Int, draws: Int, _ latents: Generator.Latents, rows: Range<Int>) {
    self.rows = rows
    let modality = model.configuration.modalities[target]
    buffers = [ColumnBuffer(RowColumn("decoded/\(modality.name)", [draws, modality.shape.count], .float32))]
    generator = Generator(model, given: given, decoded: [target], latents: latents)
    self.draws = draws
  }

  func begin(_ block: RowBlock) {
    firstRow = block.rows.lowerBound
    generator.encode(block.observations)
  }

  func add(row: Int) {
    guard rows.contains(firstRow + row) else {
      return buffers[0].append([Float](repeating: 0, count: buffers[0].column.shape.reduce(1, *)))
    }
    buffers[0].append(generator.means(row: row, key: firstRow + row, draws: 0..<draws)[0].values)
  }
}

/// Records of few rows, which need not survive the process.
private final class MemoryRecords: UnitRecords {
  private(set) var unitCount = 0
  private(set) var bytes: [UInt8] = []

  func append(_ record: [UInt8]) {
    bytes += record
    unitCount += 1
  }
}
