/// Convolution and its transpose as matrix products over cache-sized blocks of patches.
///
/// With windows `P = kernel·kernel·C` of images `[H, W, C]` at `G` positions, and `weight [K, P]`:
///
///     correlate            images [n, H·W·C]  →  maps [n, G·K]     maps = patches(images) · weightᵀ
///     its transpose        maps [n, G·K]      →  images            images = scatter(maps · weight)
///     weight gradient      images, maps       →  [K, P]            mapsᵀ · patches(images)
///
/// A convolution's forward pass is the first, its input gradient the second. A transposed convolution's forward pass
/// is the second, its input gradient the first. Both share the third.
package struct PatchProduct {
  package let geometry: PatchGeometry
  /// K, the channels at the window positions.
  package let mapChannels: Int

  package init(geometry: PatchGeometry, mapChannels: Int) {
    self.geometry = geometry
    self.mapChannels = mapChannels
  }

  /// Floats of patches made at a time: half a second-level cache.
  private static let targetFloats = 128 * 1024
  /// Rows of patches that a product should have at least, so that a weight is read for many of them.
  private static let targetRows = 192
  /// Rows of patches lie this many floats further apart than they are long: a distance of a power of two would put them
  /// all into the same few places of the first-level cache.
  private static let rowGap = 16

  /// Rows of every window that are worked on at a time: fewer than all where windows are so deep that the patches of
  /// `targetRows` positions exceed `targetFloats`.
  private var blockWindowRows: Int {
    let run = geometry.kernel * geometry.channels
    let most = (1...geometry.kernel).last { rows in
      Self.targetFloats / (geometry.positions * rows * run) * geometry.positions >= Self.targetRows
    }
    return evenPart(of: geometry.kernel, atMost: most ?? 1)
  }

  private var blockImages: Int {
    max(1, Self.targetFloats / (geometry.positions * blockWindowRows * geometry.kernel * geometry.channels))
  }

  /// Numbers of scratch memory that each operation needs in bf16.
  package var roundedScratchCount: Int { BF16PatchProduct(self).scratchCount }

  /// Floats of scratch memory that each operation needs.
  package var scratchCount: Int {
    blockImages * geometry.positions * (blockWindowRows * geometry.kernel * geometry.channels + Self.rowGap)
  }

  /// `maps = patches(images) · weightᵀ`.
  package func correlate(_ images: Matrix, weight: WeightMatrix, into maps: Matrix, scratch: FloatArena) {
    if let rounded = weight.rounded {
      return BF16PatchProduct(self).correlate(images, weight: rounded, into: maps)
    }
    let weight = weight.values
    forEachBlock(images, maps, scratch) { block, images, maps, patches in
      geometry.gather(images, windowRows: block.windowRows, into: patches)
      multiply(
        patches, transposed: weight.columns(block.columns), into: maps, accumulating: block.windowRows.lowerBound > 0)
    }
  }

  /// `images = scatter(maps · weight)`.
  package func transposedCorrelate(_ maps: Matrix, weight: WeightMatrix, into images: Matrix, scratch: FloatArena) {
    images.fill(0)
    if let rounded = weight.rounded {
      return BF16PatchProduct(self).transposedCorrelate(maps, weight: rounded, addingTo: images)
    }
    let weight = weight.values
    forEachBlock(images, maps, scratch) { block, images, maps, patches in
      multiply(maps, weight.columns(block.columns), into: patches)
      geometry.scatter(patches, windowRows: block.windowRows, addingTo: images)
    }
  }

  /// `gradient = mapsᵀ · patches(images)`, or `+=`.
  /// - Parameter correlation: also computes `correlate`, from the same patches: the way back through a transposed
  ///   convolution needs both.
  /// - Parameter rounded: room for rounded operands, if the products are to be in bf16.
  package func weightGradient(
    images: Matrix, maps: Matrix, into gradient: Matrix, accumulating: Bool,
    correlating correlation: (weight: WeightMatrix, maps: Matrix)? = nil, scratch: FloatArena,
    rounding rounded: BF16Arena? = nil
  ) {
    if images.rows == 0 && !accumulating { gradient.fill(0) }
    if let rounded {
      return BF16PatchProduct(self).weightGradient(
        images: images, maps: maps, into: gradient, accumulating: accumulating,
        correlating: correlation.flatMap { correlation in
          correlation.weight.rounded.map { (weight: $0, maps: correlation.maps) }
        }, scratch: rounded)
    }
    forEachBlock(images, maps, scratch) { block, images, maps, patches in
      geometry.gather(images, windowRows: block.windowRows, into: patches)
      multiply(
        transposed: maps, patches, into: gradient.columns(block.columns),
        accumulating: accumulating || block.images.lowerBound > 0)
      guard let correlation else { return }
      multiply(
        patches, transposed: correlation.weight.values.columns(block.columns),
        into: correlation.maps.rows(block.images).reshaped(columns: mapChannels),
        accumulating: block.windowRows.lowerBound > 0)
    }
  }

  /// Which patches are worked on: some rows of every window of some images.
  private struct Block {
    let images: Range<Int>
    let windowRows: Range<Int>
    /// Those of a weight (or of all patches) that belong to the rows of the window.
    let columns: Range<Int>
  }

  /// Calls `body` with a block, its images `[n, H·W·C]`, their maps `[n·G, K]`, and room for its patches
  /// `[n·G, columns]`. All window rows of some images come one block after another, the first rows first.
  @inline(__always)
  private func forEachBlock(
    _ images: Matrix, _ maps: Matrix, _ scratch: FloatArena,
    _ body: (_ block: Block, _ images: Matrix, _ maps: Matrix, _ patches: Matrix) -> Void
  ) {
    precondition(images.rows == maps.rows && maps.columns == geometry.positions * mapChannels, "shapes do not fit")
    let run = geometry.kernel * geometry.channels
    for start in stride(from: 0, to: images.rows, by: blockImages) {
      let range = start..<min(start + blockImages, images.rows)
      let (images, maps) = (images.rows(range), maps.rows(range).reshaped(columns: mapChannels))
      for firstRow in stride(from: 0, to: geometry.kernel, by: blockWindowRows) {
        let rows = firstRow..<min(firstRow + blockWindowRows, geometry.kernel)
        let patches = scratch.matrix(rows: maps.rows, columns: rows.count * run, gap: Self.rowGap)
        let columns = rows.lowerBound * run..<rows.upperBound * run
        body(Block(images: range, windowRows: rows, columns: columns), images, maps, patches)
      }
    }
  }
}
