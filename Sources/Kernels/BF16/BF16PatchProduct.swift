internal import BF16Kernels

/// The products of a convolution with bf16 operands: those of `PatchProduct`, whose comments hold here, too.
///
/// Images are rounded once a block, and windows copied from them: in bf16 they are half as long, and a row of patches is
/// an operand as it lies. A weight's panels are made once for all images of a call.
package struct BF16PatchProduct {
  private let engine: BF16.Engine?
  private let geometry: PatchGeometry
  private let mapChannels: Int

  /// Numbers of patches made at a time: with what else a product needs, a second-level cache.
  private static let blockSize = 256 * 1024
  /// Rows of patches that a block should have at least: the terms between two visits of a sum of the weight's gradient.
  private static let targetRows = 384

  package init(_ product: PatchProduct, engine: BF16.Engine? = .best) {
    (geometry, mapChannels, self.engine) = (product.geometry, product.mapChannels, engine)
  }

  /// Numbers of a window's row.
  private var run: Int { geometry.kernel * geometry.channels }

  /// Rows of every window that are worked on at a time: fewer than all where windows are so deep that a block would have
  /// few positions.
  private var blockWindowRows: Int {
    let most = (1...geometry.kernel).last { rows in
      Self.blockSize / (geometry.positions * rows * run) * geometry.positions >= Self.targetRows
    }
    return evenPart(of: geometry.kernel, atMost: most ?? 1)
  }

  /// Images that are worked on at a time.
  package var blockImages: Int { max(1, Self.blockSize / (geometry.positions * blockWindowRows * run)) }

  /// Rows of patches of a block, and numbers from one to the next.
  private var blockRows: Int { blockImages * geometry.positions }
  private var patchStride: Int { BF16.rowStride(blockWindowRows * run) }

  /// Numbers of the panels of a weight's part for some window rows, either way.
  private var partCount: Int {
    max(
      BF16.panelCount(terms: blockWindowRows * run, columns: mapChannels),
      BF16.panelCount(terms: mapChannels, columns: blockWindowRows * run))
  }

  private var weightCount: Int { (geometry.kernel + blockWindowRows - 1) / blockWindowRows * partCount }

  /// Numbers of the rows of a block's maps, either way.
  private var mapCount: Int {
    max(blockRows * BF16.rowStride(mapChannels), mapChannels * BF16.rowStride(blockRows))
  }

  private var patchPanelCount: Int { BF16.panelCount(terms: blockRows, columns: blockWindowRows * run) }

  /// Numbers of scratch memory that each operation needs.
  package var scratchCount: Int {
    weightCount + mapCount + blockRows * patchStride + patchPanelCount + blockImages * geometry.imageCount
  }

  /// Where in the scratch memory what lies.
  private struct Scratch {
    let weight, maps, patches, patchPanels, images: UnsafeMutablePointer<UInt16>
  }

  private func parts(_ arena: BF16Arena) -> Scratch {
    precondition(arena.count >= scratchCount)
    // Images come last: all others are whole cache lines.
    let maps = arena.base + weightCount
    let patches = maps + mapCount
    let patchPanels = patches + blockRows * patchStride
    return Scratch(
      weight: arena.base, maps: maps, patches: patches, patchPanels: patchPanels, images: patchPanels + patchPanelCount)
  }

  package func correlate(_ images: Matrix, weight: RoundedWeight, into maps: Matrix) {
    let scratch = parts(weight.scratch)
    prepareTransposedPanels(of: weight, scratch)
    forEachBlock(images, maps) { block, images, maps in
      gather(images, block, scratch)
      correlate(block, scratch, into: maps)
    }
  }

  package func transposedCorrelate(_ maps: Matrix, weight: RoundedWeight, addingTo images: Matrix) {
    let scratch = parts(weight.scratch)
    for part in windowRows {
      bf16_panels_of_rounded(
        weight.base + part.rows.lowerBound * run, weight.stride, Int32(mapChannels), Int32(part.rows.count * run),
        scratch.weight + part.index * partCount)
    }
    forEachBlock(images, maps) { block, images, maps in
      if block.part.index == 0 {
        bf16_rows(maps.base, maps.stride, Int32(maps.rows), Int32(mapChannels), scratch.maps)
      }
      let patches = floatPatches(scratch, rows: maps.rows, columns: block.part.rows.count * run)
      multiply(
        scratch.maps, rows: maps.rows, terms: mapChannels, scratch.weight + block.part.index * partCount,
        into: patches, accumulating: false)
      geometry.scatter(patches, windowRows: block.part.rows, addingTo: images)
    }
  }

  /// Patches that are floats take the place of those in bf16 and of their panels, which have at least as many bytes.
  private func floatPatches(_ scratch: Scratch, rows: Int, columns: Int) -> Matrix {
    let raw = UnsafeMutableRawPointer(scratch.patches)
    return Matrix(raw.bindMemory(to: Float.self, capacity: rows * columns), rows: rows, columns: columns)
  }

  package func weightGradient(
    images: Matrix, maps: Matrix, into gradient: Matrix, accumulating: Bool,
    correlating correlation: (weight: RoundedWeight, maps: Matrix)?, scratch arena: BF16Arena
  ) {
    let scratch = parts(arena)
    if let correlation { prepareTransposedPanels(of: correlation.weight, scratch) }
    forEachBlock(images, maps) { block, images, maps in
      gather(images, block, scratch)
      let (terms, columns) = (maps.rows, block.part.rows.lowerBound * run..<block.part.rows.upperBound * run)
      if block.part.index == 0 {
        bf16_rows_transposed(maps.base, maps.stride, Int32(mapChannels), Int32(terms), scratch.maps)
      }
      bf16_panels_of_rounded(
        scratch.patches, BF16.rowStride(columns.count), Int32(terms), Int32(columns.count), scratch.patchPanels)
      multiply(
        scratch.maps, rows: mapChannels, terms: terms, scratch.patchPanels, into: gradient.columns(columns),
        accumulating: accumulating || block.images.lowerBound > 0)
      if let correlation {
        correlate(
          block, scratch, into: correlation.maps.rows(block.images).reshaped(columns: mapChannels))
      }
    }
  }

  /// Panels of the transposed weight, those of one part of its windows after another.
  private func prepareTransposedPanels(of weight: RoundedWeight, _ scratch: Scratch) {
    for part in windowRows {
      bf16_panels_transposed_of_rounded(
        weight.base + part.rows.lowerBound * run, weight.stride, Int32(part.rows.count * run), Int32(mapChannels),
        scratch.weight + part.index * partCount)
    }
  }

  /// `maps = patches · weightᵀ`, or what some rows of the windows add to it.
  private func correlate(_ block: Block, _ scratch: Scratch, into maps: Matrix) {
    multiply(
      scratch.patches, rows: maps.rows, terms: block.part.rows.count * run,
      scratch.weight + block.part.index * partCount, into: maps, accumulating: block.part.index > 0)
  }

  private func multiply(
    _ a: UnsafePointer<UInt16>, rows: Int, terms: Int, _ panels: UnsafePointer<UInt16>, into c: Matrix,
    accumulating: Bool
  ) {
    ProductTally.add(rows * terms * c.columns)
    bf16_product(
      BF16.Engine.number(engine), a, BF16.rowStride(terms), Int32(rows), Int32(terms), panels, Int32(c.columns),
      bf16_result(base: c.base, stride: c.stride, accumulating: accumulating ? 1 : 0, transposed: 0))
  }

  /// Copies some rows of the windows of rounded images `[n, H·W·C]` into patches.
  private func gather(_ images: Matrix, _ block: Block, _ scratch: Scratch) {
    let windows = bf16_windows(geometry)
    let stride = BF16.rowStride(block.part.rows.count * run)
    for image in 0..<images.rows {
      let rounded = scratch.images + image * geometry.imageCount
      if block.part.index == 0 { bf16_round(images.row(image), rounded, geometry.imageCount) }
      bf16_patches(
        rounded, windows, Int32(block.part.rows.lowerBound), Int32(block.part.rows.count),
        scratch.patches + image * geometry.positions * stride)
    }
  }

  /// Which patches are worked on: some rows of every window of some images.
  private struct Block {
    let images: Range<Int>
    let part: WindowPart
  }

  /// Some rows of every window.
  private struct WindowPart {
    let index: Int
    let rows: Range<Int>
  }

  private var windowRows: some Sequence<WindowPart> {
    let (kernel, size) = (geometry.kernel, blockWindowRows)
    return (0..<(kernel + size - 1) / size).lazy.map { index in
      WindowPart(index: index, rows: index * size..<min((index + 1) * size, kernel))
    }
  }

  /// Calls `body` with a block, its images `[n, H·W·C]` and their maps `[n·G, K]`. All window rows of some images come one
  /// block after another, the first rows first.
  @inline(__always)
  private func forEachBlock(
    _ images: Matrix, _ maps: Matrix, _ body: (_ block: Block, _ images: Matrix, _ maps: Matrix) -> Void
  ) {
    precondition(images.rows == maps.rows && maps.columns == geometry.positions * mapChannels, "shapes do not fit")
    for start in stride(from: 0, to: images.rows, by: blockImages) {
      let range = start..<min(start + blockImages, images.rows)
      let (images, maps) = (images.rows(range), maps.rows(range).reshaped(columns: mapChannels))
      for part in windowRows { body(Block(images: range, part: part), images, maps) }
    }
  }
}

extension bf16_windows {
  fileprivate init(_ g: PatchGeometry) {
    self.init(
      height: Int32(g.height), width: Int32(g.width), channels: Int32(g.channels), kernel: Int32(g.kernel),
      stride: Int32(g.stride), padding: Int32(g.padding), grid_height: Int32(g.gridHeight),
      grid_width: Int32(g.gridWidth))
  }
}
