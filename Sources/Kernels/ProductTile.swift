internal import COpenBLAS

/// The size of one call of OpenBLAS: rows and columns of the result, and terms of the sums.
///
/// For a large product OpenBLAS copies both operands into packed blocks and clears the result first, which costs much
/// with a batch of a few dozen rows, or windows of a few dozen channels. Its kernels for AVX-512 have a second way for
/// products of up to a million multiply-adds, which reads the operands where they lie: products are cut into such
/// tiles.
package struct ProductTile: Equatable {
  package var rows: Int
  package var columns: Int
  package var depth: Int

  package init(rows: Int, columns: Int, depth: Int) {
    (self.rows, self.columns, self.depth) = (rows, columns, depth)
  }

  /// What OpenBLAS's way without packing takes at most (`sgemm_small_kernel_permit`), with one exception: where the
  /// second operand is transposed, results of at most 1 200 elements and at least 32 terms.
  private static let mostMultiplyAdds = 1_000_000

  /// Cores whose kernels have that way, in lower case: some builds of OpenBLAS write their names in capitals.
  private static let hasSmallKernels = ["skylakex", "cooperlake", "sapphirerapids"].contains(
    String(cString: openblas_get_corename()).lowercased())

  /// The tiles a product is cut into here and now. OpenBLAS runs a small product on one thread, so with several threads
  /// it gets whole ones.
  static func best(for whole: ProductTile, transposingB: Bool) -> ProductTile {
    best(for: whole, transposingB: transposingB, hasSmallKernels: hasSmallKernels && openblas_get_num_threads() == 1)
  }

  /// The tiles a product is cut into; `whole` itself where one call is best. The sizes are the best of those measured.
  /// - Parameter hasSmallKernels: whether OpenBLAS multiplies small products without packing.
  package static func best(for whole: ProductTile, transposingB: Bool, hasSmallKernels: Bool) -> ProductTile {
    guard hasSmallKernels else { return whole }
    if transposingB {
      if whole.depth < 64 { return whole }
      return ProductTile(rows: 48, columns: 24, depth: 512).evened(for: whole)
    }
    if whole.rows * whole.columns * whole.depth <= mostMultiplyAdds { return whole }
    var tile = ProductTile(rows: 64, columns: whole.rows <= 32 ? 112 : 64, depth: 256).evened(for: whole)
    tile.rows = min(tile.rows, mostMultiplyAdds / (tile.columns * tile.depth))
    return tile.evened(for: whole)
  }

  /// Tiles at most as large, of nearly equal depth and rows.
  private func evened(for whole: ProductTile) -> ProductTile {
    ProductTile(
      rows: evenPart(of: whole.rows, atMost: rows), columns: columns, depth: evenPart(of: whole.depth, atMost: depth))
  }

  /// Calls `body` with the first row, column and term of every tile of this product, and with its size: all tiles of
  /// the first terms, then those of the next.
  @inline(__always)
  package func forEach(
    _ tile: ProductTile, _ body: (_ row: Int, _ column: Int, _ term: Int, _ size: ProductTile) -> Void
  ) {
    for term in stride(from: 0, to: depth, by: tile.depth) {
      for row in stride(from: 0, to: rows, by: tile.rows) {
        for column in stride(from: 0, to: columns, by: tile.columns) {
          let size = ProductTile(
            rows: min(tile.rows, rows - row), columns: min(tile.columns, columns - column),
            depth: min(tile.depth, depth - term))
          body(row, column, term, size)
        }
      }
    }
  }
}
