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

  /// Patches are made for so many images at a time that they stay in the second-level cache.
  private static let targetFloats = 96 * 1024

  private var blockImages: Int { max(1, Self.targetFloats / (geometry.positions * geometry.patchCount)) }

  /// Floats of scratch memory that each operation needs.
  package var scratchCount: Int { blockImages * geometry.positions * geometry.patchCount }

  /// `maps = patches(images) · weightᵀ`.
  package func correlate(_ images: Matrix, weight: Matrix, into maps: Matrix, scratch: FloatArena) {
    forEachBlock(images, maps, scratch) { images, maps, patches in
      geometry.gather(images, into: patches)
      multiply(patches, transposed: weight, into: maps)
    }
  }

  /// `images = scatter(maps · weight)`.
  package func transposedCorrelate(_ maps: Matrix, weight: Matrix, into images: Matrix, scratch: FloatArena) {
    forEachBlock(images, maps, scratch) { images, maps, patches in
      multiply(maps, weight, into: patches)
      geometry.scatter(patches, into: images)
    }
  }

  /// `gradient = mapsᵀ · patches(images)`, or `+=`.
  package func weightGradient(
    images: Matrix, maps: Matrix, into gradient: Matrix, accumulating: Bool, scratch: FloatArena
  ) {
    if images.rows == 0 && !accumulating { gradient.fill(0) }
    var isFirst = true
    forEachBlock(images, maps, scratch) { images, maps, patches in
      geometry.gather(images, into: patches)
      multiply(transposed: maps, patches, into: gradient, accumulating: accumulating || !isFirst)
      isFirst = false
    }
  }

  /// Calls `body` with a block of images `[n, H·W·C]`, its maps `[n·G, K]` and room for its patches `[n·G, P]`.
  @inline(__always)
  private func forEachBlock(
    _ images: Matrix, _ maps: Matrix, _ scratch: FloatArena,
    _ body: (_ images: Matrix, _ maps: Matrix, _ patches: Matrix) -> Void
  ) {
    precondition(images.rows == maps.rows && maps.columns == geometry.positions * mapChannels, "shapes do not fit")
    for start in stride(from: 0, to: images.rows, by: blockImages) {
      let range = start..<min(start + blockImages, images.rows)
      body(
        images.rows(range), maps.rows(range).reshaped(columns: mapChannels),
        scratch.matrix(rows: range.count * geometry.positions, columns: geometry.patchCount))
    }
  }
}
