import Kernels
import Testing

/// How products are cut for OpenBLAS's kernels without packing, on any processor.
struct ProductTileTests {
  private static let rows = [1, 2, 17, 31, 32, 33, 48, 61, 64, 65, 97, 300, 1024]
  private static let columns = [1, 5, 24, 25, 64, 65, 112, 113, 784, 2048]
  private static let depths = [1, 31, 32, 63, 64, 65, 256, 257, 511, 512, 513, 784, 1025, 12_288]

  private func forEachShape(_ body: (_ whole: ProductTile) -> Void) {
    for rows in Self.rows {
      for columns in Self.columns {
        for depth in Self.depths { body(ProductTile(rows: rows, columns: columns, depth: depth)) }
      }
    }
  }

  @Test("Every tile is small enough for OpenBLAS's way without packing", arguments: [false, true])
  func limits(transposingB: Bool) {
    forEachShape { whole in
      let tile = ProductTile.best(for: whole, transposingB: transposingB, hasSmallKernels: true)
      if transposingB && tile == whole { return }
      var isWithin = true
      whole.forEach(tile) { _, _, _, size in
        isWithin = isWithin && size.rows * size.columns * size.depth <= 1_000_000
        if transposingB { isWithin = isWithin && size.rows * size.columns <= 1200 && size.depth >= 32 }
      }
      #expect(isWithin, "\(whole) in tiles of \(tile)")
    }
  }

  @Test("Only a product with few terms stays whole where the second operand is transposed", arguments: [63, 64])
  func transposed(depth: Int) {
    let whole = ProductTile(rows: 97, columns: 130, depth: depth)
    let tile = ProductTile.best(for: whole, transposingB: true, hasSmallKernels: true)
    #expect((tile == whole) == (depth == 63))
  }

  @Test("Tiles cover the product, each element and term once, earlier terms first", arguments: [false, true])
  func cover(transposingB: Bool) {
    forEachShape { whole in
      let tile = ProductTile.best(for: whole, transposingB: transposingB, hasSmallKernels: true)
      var (rows, columns, terms) = (Set<Range<Int>>(), Set<Range<Int>>(), Set<Range<Int>>())
      var (count, lastTerm, isInOrder) = (0, 0, true)
      whole.forEach(tile) { row, column, term, size in
        rows.insert(row..<row + size.rows)
        columns.insert(column..<column + size.columns)
        terms.insert(term..<term + size.depth)
        count += 1
        isInOrder = isInOrder && term >= lastTerm
        lastTerm = term
      }
      let isCovered =
        isPartition(rows, of: whole.rows) && isPartition(columns, of: whole.columns)
        && isPartition(terms, of: whole.depth) && count == rows.count * columns.count * terms.count
      #expect(isCovered && isInOrder, "\(whole) in tiles of \(tile)")
    }
  }

  private func isPartition(_ ranges: Set<Range<Int>>, of total: Int) -> Bool {
    var end = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard range.lowerBound == end, !range.isEmpty else { return false }
      end = range.upperBound
    }
    return end == total
  }

  @Test("Without such kernels products stay whole", arguments: [false, true])
  func whole(transposingB: Bool) {
    forEachShape { whole in
      #expect(ProductTile.best(for: whole, transposingB: transposingB, hasSmallKernels: false) == whole)
    }
  }
}
