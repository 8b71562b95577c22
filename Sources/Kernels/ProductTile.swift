internal import COpenBLAS

/// The size of one call of OpenBLAS: rows and columns of the result, and terms of the sums.
///
/// For a large product OpenBLAS copies both operands into packed blocks and clears the result first. With a batch of a
/// few dozen rows, or windows of a few dozen channels, that is a third of the time. Its kernels for AVX-512 have a
/// second way for products of up to a million multiply-adds, which reads the operands where they lie; cut into such
/// tiles, products run at 95 to 110 GFLOP/s where the first way gives 60 to 95 (one core of a Zen 4).
struct ProductTile: Equatable {
  var rows: Int
  var columns: Int
  var depth: Int

  /// What OpenBLAS's way without packing takes at most (`sgemm_small_kernel_permit`), with one exception: where the
  /// second operand is transposed, results of at most 1 200 elements and at least 32 terms.
  private static let mostMultiplyAdds = 1_000_000

  /// Cores whose kernels have that way, as OpenBLAS names them.
  private static let hasSmallKernels = ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(
    String(cString: openblas_get_corename()))

  /// The tiles a product is cut into; `whole` itself where one call is best. OpenBLAS runs a small product on one
  /// thread, so with several threads it gets whole ones. The sizes are the best of those measured.
  static func best(for whole: ProductTile, transposingA: Bool, transposingB: Bool) -> ProductTile {
    guard hasSmallKernels, openblas_get_num_threads() == 1 else { return whole }
    if transposingB {
      if whole.depth < 64 { return whole }
      return ProductTile(rows: 48, columns: 24, depth: 512).evened(for: whole)
    }
    if whole.rows * whole.columns * whole.depth <= mostMultiplyAdds { return whole }
    var tile = ProductTile(rows: 64, columns: whole.rows <= 32 ? 112 : 64, depth: 256).evened(for: whole)
    tile.rows = min(tile.rows, mostMultiplyAdds / (tile.columns * tile.depth))
    return tile.evened(for: whole)
  }

  /// Tiles at most as large, of nearly equal depth and rows, so that no thin rest is left.
  private func evened(for whole: ProductTile) -> ProductTile {
    func even(_ total: Int, _ most: Int) -> Int {
      (total + (total + most - 1) / most - 1) / ((total + most - 1) / most)
    }
    return ProductTile(rows: even(whole.rows, rows), columns: columns, depth: even(whole.depth, depth))
  }

  /// What is left for the tile that begins at a row, a column and a term.
  @inline(__always)
  func rest(of tile: ProductTile, row: Int, column: Int, depth start: Int) -> ProductTile {
    ProductTile(
      rows: min(tile.rows, rows - row), columns: min(tile.columns, columns - column),
      depth: min(tile.depth, depth - start)
    )
  }
}
