/// Reads rows of a fixed size into memory a block at a time.
struct RowBlocks {
  /// The memory that blocks in any order may take: the larger, the more of what a disk delivers is used.
  private static let gatheredByteCount = 8 << 20
  /// One read: about a chunk of a packed file.
  private static let slabByteCount = 512 << 10

  /// Fills a buffer of exactly the bytes of these rows.
  typealias Read = (_ rows: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer) throws -> Void

  let rowByteCount: Int

  private var slabRowCount: Int { max(1, Self.slabByteCount / rowByteCount) }

  /// Calls `body` with the rows `0 ..< count` in their order, and the index of the first of each block.
  func inOrder(_ count: Int, read: Read, _ body: (_ first: Int, _ block: [UInt8]) throws -> Void) throws {
    for first in stride(from: 0, to: count, by: slabRowCount) {
      let rows = first..<min(first + slabRowCount, count)
      var block = [UInt8](repeating: 0, count: rows.count * rowByteCount)
      try block.withUnsafeMutableBytes { try read(rows, $0) }
      try body(first, block)
    }
  }

  /// Calls `body` with any rows, in the order they are given; a row may be listed repeatedly.
  func gathered(_ rows: [Int], read: Read, _ body: (_ block: [UInt8]) throws -> Void) throws {
    let blockRowCount = max(1, Self.gatheredByteCount / rowByteCount)
    for first in stride(from: 0, to: rows.count, by: blockRowCount) {
      try body(try gather(rows[first..<min(first + blockRowCount, rows.count)], read))
    }
  }

  /// Reads the file from front to back, and leaves out what lies far from any wanted row: a read for every row would
  /// check the checksum of a whole chunk each time.
  private func gather(_ rows: ArraySlice<Int>, _ read: Read) throws -> [UInt8] {
    let wanted = zip(rows, 0...).sorted { $0.0 < $1.0 }
    var slab = [UInt8](repeating: 0, count: slabRowCount * rowByteCount)
    var block = [UInt8](repeating: 0, count: rows.count * rowByteCount)
    var next = 0
    while next < wanted.count {
      let first = wanted[next].0
      let inSlab = wanted[next...].prefix { $0.0 < first + slabRowCount }
      let slabRows = first..<(wanted[inSlab.endIndex - 1].0 + 1)
      try slab.withUnsafeMutableBytes { slab in
        try read(slabRows, UnsafeMutableRawBufferPointer(rebasing: slab[..<(slabRows.count * rowByteCount)]))
      }
      for (row, place) in inSlab { copyRow(row - first, of: slab, to: place, of: &block) }
      next = inSlab.endIndex
    }
    return block
  }

  private func copyRow(_ row: Int, of slab: [UInt8], to place: Int, of block: inout [UInt8]) {
    block.withUnsafeMutableBytes { block in
      slab.withUnsafeBytes { slab in
        UnsafeMutableRawBufferPointer(rebasing: block[(place * rowByteCount)...].prefix(rowByteCount))
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: slab[(row * rowByteCount)...].prefix(rowByteCount)))
      }
    }
  }
}
