internal import BF16Kernels

/// The products of a convolution with bf16 operands: those of `PatchProduct`, whose comments hold here, too.
///
/// Images are rounded once, and windows copied from them: in bf16 they are half as long, and a row of patches is an
/// operand as it lies. A weight's panels are made once for all images of a call.
package struct BF16PatchProduct {
  private let engine: BF16.Engine?
  private let geometry: PatchGeometry
  private let mapChannels: Int

  /// Numbers of patches made at a time.
  private static let blockSize = 128 * 1024

  package init(_ product: PatchProduct, engine: BF16.Engine? = .best) {
    (geometry, mapChannels, self.engine) = (product.geometry, product.mapChannels, engine)
  }

  /// Numbers of a row of patches.
  private var patchWidth: Int { BF16.wholeGroups(geometry.patchCount) }

  private var blockImages: Int { max(1, Self.blockSize / (geometry.positions * patchWidth)) }

  /// Rows of patches of a block.
  private var blockRows: Int { blockImages * geometry.positions }

  /// Numbers of the weight's panels, either way.
  private var weightCount: Int {
    max(
      BF16.panelCount(terms: geometry.patchCount, columns: mapChannels),
      BF16.panelCount(terms: mapChannels, columns: geometry.patchCount))
  }

  /// Numbers of scratch memory that each operation needs.
  package var scratchCount: Int {
    weightCount + blockRows * patchWidth + mapCount + patchPanelCount + geometry.imageCount
  }

  /// Floats of a block of patches.
  var patchFloats: Int { blockRows * geometry.patchCount }

  private var patchPanelCount: Int { BF16.panelCount(terms: blockRows, columns: geometry.patchCount) }

  /// Numbers of the rows of a block's maps, either way.
  private var mapCount: Int {
    max(blockRows * BF16.wholeGroups(mapChannels), mapChannels * BF16.wholeGroups(blockRows))
  }

  /// Where in the scratch memory what lies.
  private struct Scratch {
    let weight, patches, maps, patchPanels, image: UnsafeMutablePointer<UInt16>
  }

  private func parts(_ arena: BF16Arena) -> Scratch {
    precondition(arena.count >= scratchCount)
    // Images come last: all others are whole cache lines.
    let patches = arena.base + weightCount
    let maps = patches + blockRows * patchWidth
    let patchPanels = maps + mapCount
    return Scratch(
      weight: arena.base, patches: patches, maps: maps, patchPanels: patchPanels, image: patchPanels + patchPanelCount)
  }

  package func correlate(_ images: Matrix, weight: RoundedWeight, into maps: Matrix) {
    let scratch = parts(weight.scratch)
    preparePanels(transposing: weight, scratch)
    forEachBlock(images, maps) { images, maps in
      gather(images, scratch)
      correlate(scratch, into: maps, rows: maps.rows)
    }
  }

  /// - Parameter scratch: for patches that are floats.
  package func transposedCorrelate(
    _ maps: Matrix, weight: RoundedWeight, addingTo images: Matrix, scratch floats: FloatArena
  ) {
    let scratch = parts(weight.scratch)
    let patchCount = geometry.patchCount
    bf16_panels_of_rounded(weight.base, weight.stride, Int32(mapChannels), Int32(patchCount), scratch.weight)
    forEachBlock(images, maps) { images, maps in
      bf16_rows(maps.base, maps.stride, Int32(maps.rows), Int32(mapChannels), scratch.maps)
      let patches = floats.matrix(rows: maps.rows, columns: patchCount)
      multiply(
        scratch.maps, rows: maps.rows, terms: mapChannels, scratch.weight, into: patches, accumulating: false)
      geometry.scatter(patches, addingTo: images)
    }
  }

  package func weightGradient(
    images: Matrix, maps: Matrix, into gradient: Matrix, accumulating: Bool,
    correlating correlation: (weight: RoundedWeight, maps: Matrix)?, scratch arena: BF16Arena
  ) {
    let scratch = parts(arena)
    if let correlation { preparePanels(transposing: correlation.weight, scratch) }
    var (accumulating, done) = (accumulating, 0)
    forEachBlock(images, maps) { images, maps in
      gather(images, scratch)
      let terms = maps.rows
      bf16_rows_transposed(maps.base, maps.stride, Int32(mapChannels), Int32(terms), scratch.maps)
      bf16_panels_of_rounded(
        scratch.patches, patchWidth, Int32(terms), Int32(geometry.patchCount), scratch.patchPanels)
      multiply(
        scratch.maps, rows: mapChannels, terms: terms, scratch.patchPanels, into: gradient, accumulating: accumulating)
      accumulating = true
      if let correlation {
        correlate(
          scratch, into: correlation.maps.rows(done..<done + images.rows).reshaped(columns: mapChannels), rows: terms)
      }
      done += images.rows
    }
  }

  private func preparePanels(transposing weight: RoundedWeight, _ scratch: Scratch) {
    bf16_panels_transposed_of_rounded(
      weight.base, weight.stride, Int32(geometry.patchCount), Int32(mapChannels), scratch.weight)
  }

  /// `maps = patches · weightᵀ`, from patches and panels in the scratch memory.
  private func correlate(_ scratch: Scratch, into maps: Matrix, rows: Int) {
    multiply(
      scratch.patches, rows: rows, terms: geometry.patchCount, scratch.weight, into: maps, accumulating: false)
  }

  private func multiply(
    _ a: UnsafePointer<UInt16>, rows: Int, terms: Int, _ panels: UnsafePointer<UInt16>, into c: Matrix,
    accumulating: Bool
  ) {
    ProductTally.add(rows * terms * c.columns)
    bf16_product(
      BF16.Engine.number(engine), a, BF16.wholeGroups(terms), Int32(rows), Int32(terms), panels,
      Int32(c.columns),
      bf16_result(base: c.base, stride: c.stride, accumulating: accumulating ? 1 : 0, transposed: 0))
  }

  /// Rounds images `[n, H·W·C]` and copies their windows into patches.
  private func gather(_ images: Matrix, _ scratch: Scratch) {
    let windows = bf16_windows(geometry)
    for image in 0..<images.rows {
      bf16_round(images.row(image), scratch.image, geometry.imageCount)
      bf16_patches(scratch.image, windows, scratch.patches + image * geometry.positions * patchWidth)
    }
  }

  /// Calls `body` with some images `[n, H·W·C]` and their maps `[n·G, K]`.
  @inline(__always)
  private func forEachBlock(_ images: Matrix, _ maps: Matrix, _ body: (_ images: Matrix, _ maps: Matrix) -> Void) {
    precondition(images.rows == maps.rows && maps.columns == geometry.positions * mapChannels, "shapes do not fit")
    for start in stride(from: 0, to: images.rows, by: blockImages) {
      let range = start..<min(start + blockImages, images.rows)
      body(images.rows(range), maps.rows(range).reshaped(columns: mapChannels))
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
