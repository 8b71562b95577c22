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
    return (1...geometry.kernel).last { rows in
      Self.targetFloats / (geometry.positions * rows * run) * geometry.positions >= Self.targetRows
    } ?? 1
  }

  private var blockImages: Int {
    max(1, Self.targetFloats / (geometry.positions * blockWindowRows * geometry.kernel * geometry.channels))
  }

  /// Floats of scratch memory that each operation needs.
  package var scratchCount: Int {
    blockImages * geometry.positions * (blockWindowRows * geometry.kernel * geometry.channels + Self.rowGap)
  }

  /// `maps = patches(images) · weightᵀ`.
  package func correlate(_ images: Matrix, weight: Matrix, into maps: Matrix, scratch: FloatArena) {
    forEachBlock(images, maps, scratch) { images, maps, window, patches in
      geometry.gather(images, windowRows: window.rows, into: patches)
      multiply(
        patches, transposed: weight.columns(window.columns), into: maps, accumulating: window.rows.lowerBound > 0)
    }
  }

  /// `images = scatter(maps · weight)`.
  package func transposedCorrelate(_ maps: Matrix, weight: Matrix, into images: Matrix, scratch: FloatArena) {
    images.fill(0)
    forEachBlock(images, maps, scratch) { images, maps, window, patches in
      multiply(maps, weight.columns(window.columns), into: patches)
      geometry.scatter(patches, windowRows: window.rows, addingTo: images)
    }
  }

  /// `gradient = mapsᵀ · patches(images)`, or `+=`.
  /// - Parameter correlation: also computes `correlate`, from the same patches: the way back through a transposed
  ///   convolution needs both.
  package func weightGradient(
    images: Matrix, maps: Matrix, into gradient: Matrix, accumulating: Bool,
    correlating correlation: (weight: Matrix, maps: Matrix)? = nil, scratch: FloatArena
  ) {
    if images.rows == 0 && !accumulating { gradient.fill(0) }
    let first = images.base
    forEachBlock(images, maps, scratch) { images, maps, window, patches in
      geometry.gather(images, windowRows: window.rows, into: patches)
      multiply(
        transposed: maps, patches, into: gradient.columns(window.columns),
        accumulating: accumulating || images.base != first)
      guard let correlation else { return }
      let start = (images.base - first) / images.stride
      multiply(
        patches, transposed: correlation.weight.columns(window.columns),
        into: correlation.maps.rows(start..<start + images.rows).reshaped(columns: mapChannels),
        accumulating: window.rows.lowerBound > 0)
    }
  }

  /// Rows of every window, and the columns of a weight (or of all patches) that belong to them.
  private struct WindowPart {
    let rows: Range<Int>
    let columns: Range<Int>
  }

  /// Calls `body` with a block of images `[n, H·W·C]`, its maps `[n·G, K]`, a part of the window, and room for the
  /// patches of that part `[n·G, columns]`. All parts of a block come one after another, the first rows first.
  @inline(__always)
  private func forEachBlock(
    _ images: Matrix, _ maps: Matrix, _ scratch: FloatArena,
    _ body: (_ images: Matrix, _ maps: Matrix, _ window: WindowPart, _ patches: Matrix) -> Void
  ) {
    precondition(images.rows == maps.rows && maps.columns == geometry.positions * mapChannels, "shapes do not fit")
    let run = geometry.kernel * geometry.channels
    for start in stride(from: 0, to: images.rows, by: blockImages) {
      let range = start..<min(start + blockImages, images.rows)
      let (images, maps) = (images.rows(range), maps.rows(range).reshaped(columns: mapChannels))
      for firstRow in stride(from: 0, to: geometry.kernel, by: blockWindowRows) {
        let rows = firstRow..<min(firstRow + blockWindowRows, geometry.kernel)
        let patches = scratch.matrix(rows: maps.rows, columns: rows.count * run, gap: Self.rowGap)
        body(images, maps, WindowPart(rows: rows, columns: rows.lowerBound * run..<rows.upperBound * run), patches)
      }
    }
  }
}
