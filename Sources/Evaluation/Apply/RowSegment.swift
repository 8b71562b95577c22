internal import DataLoading
internal import Storage

/// Rows of one split of one file, and what is computed of them. They are worked on in units: a few consecutive ones that
/// one rank computes between two meetings.
struct RowSegment {
  let data: ApplyData
  let split: Split
  let products: [any RowProduct]
  let rowCount: Int
  let unitRows: Int
  /// Where the rows come from: block after block of `RowBlocks.rowCount`. Nil for all rows of the split.
  private let blockStarts: [Int]?

  /// All rows of a split.
  init(_ data: ApplyData, _ split: Split, _ products: [any RowProduct], unitRows: Int) {
    (self.data, self.split, self.products, self.unitRows) = (data, split, products, unitRows)
    (rowCount, blockStarts) = (data.dataset.rowCount(of: split), nil)
  }

  /// At least `sample` rows, in whole blocks that are spread evenly over the split; all rows if it has no more.
  init(_ data: ApplyData, _ split: Split, sample: Int, _ products: [any RowProduct], unitRows: Int) {
    let whole = data.dataset.rowCount(of: split) / RowBlocks.rowCount
    let wanted = (sample + RowBlocks.rowCount - 1) / RowBlocks.rowCount
    let isSampled = wanted < whole
    (self.data, self.split, self.products, self.unitRows) = (data, split, products, unitRows)
    rowCount = isSampled ? wanted * RowBlocks.rowCount : data.dataset.rowCount(of: split)
    blockStarts = isSampled ? (0..<wanted).map { $0 * whole / wanted * RowBlocks.rowCount } : nil
  }

  /// The whole blocks in which some rows of a split lie.
  init(_ data: ApplyData, _ split: Split, covering rows: Range<Int>, _ products: [any RowProduct], unitRows: Int) {
    let blocks = rows.lowerBound / RowBlocks.rowCount..<(rows.upperBound + RowBlocks.rowCount - 1) / RowBlocks.rowCount
    (self.data, self.split, self.products, self.unitRows) = (data, split, products, unitRows)
    blockStarts = blocks.map { $0 * RowBlocks.rowCount }
    rowCount =
      min(blocks.upperBound * RowBlocks.rowCount, data.dataset.rowCount(of: split))
      - blocks.lowerBound * RowBlocks.rowCount
  }

  var columns: [RowColumn] { products.flatMap { $0.buffers.map(\.column) } }
  var unitCount: Int { (rowCount + unitRows - 1) / unitRows }
  var rowByteCount: Int { columns.reduce(0) { $0 + $1.rowByteCount } }

  /// Of the segment, counted from 0.
  func rows(ofUnit unit: Int) -> Range<Int> { unit * unitRows..<min((unit + 1) * unitRows, rowCount) }

  /// Computes all columns of a unit.
  /// - Returns: one column after the other.
  /// - Throws: what reading throws.
  func compute(unit: Int) throws -> [UInt8] {
    let rows = rows(ofUnit: unit)
    for place in rows.lowerBound / RowBlocks.rowCount...(rows.upperBound - 1) / RowBlocks.rowCount {
      let start = place * RowBlocks.rowCount
      let block = try data.block(split, from: blockStarts.map { $0[place] } ?? start)
      for product in products { try product.begin(block) }
      for row in rows.clamped(to: start..<start + RowBlocks.rowCount) {
        for product in products { product.add(row: row - start) }
      }
    }
    let buffers = products.flatMap(\.buffers)
    let bytes = buffers.flatMap(\.bytes)
    for buffer in buffers { buffer.removeAll() }
    return bytes
  }
}

/// The order in which units are computed and recorded: that of the segments, and of the rows in each.
struct UnitOrder {
  private let segments: [RowSegment]
  /// The first unit of each segment, and the number of all units.
  private let firstUnits: [Int]
  /// The byte in which each segment's records begin, and that behind the last.
  private let offsets: [Int]

  init(_ segments: [RowSegment]) {
    self.segments = segments
    firstUnits = segments.reduce(into: [0]) { $0.append($0.last! + $1.unitCount) }
    offsets = segments.reduce(into: [0]) {
      $0.append($0.last! + $1.rowCount * $1.rowByteCount + $1.unitCount * RecordFile.digestByteCount)
    }
  }

  var count: Int { firstUnits.last ?? 0 }
  var byteCount: Int { offsets.last ?? 0 }

  /// The segment of a unit, and its number there.
  func place(of unit: Int) -> (segment: Int, unit: Int) {
    let segment = segments.indices.last { firstUnits[$0] <= unit && segments[$0].unitCount > 0 } ?? 0
    return (segment, unit - firstUnits[segment])
  }

  /// Where the record of a unit begins.
  func offset(of unit: Int) -> Int {
    guard unit < count else { return byteCount }
    let (segment, unit) = place(of: unit)
    let record = segments[segment].unitRows * segments[segment].rowByteCount + RecordFile.digestByteCount
    return offsets[segment] + unit * record
  }

  /// The most bytes of a record without its digest.
  var largestUnit: Int { segments.map { min($0.unitRows, $0.rowCount) * $0.rowByteCount }.max() ?? 0 }

  /// The first units whose records fit into so many bytes.
  func unitCount(inBytes byteCount: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high + 1) / 2
      if offset(of: middle) <= byteCount { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// Rows of the first units, over all segments.
  func rowCount(ofFirst units: Int) -> Int {
    zip(segments, firstUnits).reduce(0) { $0 + min(max(0, units - $1.1) * $1.0.unitRows, $1.0.rowCount) }
  }
}
