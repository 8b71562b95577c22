/// How a square window slides over an image: the geometry shared by convolution and transposed convolution.
///
/// Images are `[H, W, C]`, channels last, so that one row of a window is one run of `kernel · C` floats.
package struct PatchGeometry: Equatable, Sendable {
  package let height: Int
  package let width: Int
  package let channels: Int
  package let kernel: Int
  package let stride: Int
  package let padding: Int
  /// Window positions.
  package let gridHeight: Int
  package let gridWidth: Int

  /// - Precondition: the grid is what the window's stride and padding give for the image.
  package init(
    height: Int, width: Int, channels: Int, kernel: Int, stride: Int, padding: Int, gridHeight: Int, gridWidth: Int
  ) {
    precondition((gridHeight - 1) * stride + kernel <= height + 2 * padding, "grid is higher than the image allows")
    precondition((gridWidth - 1) * stride + kernel <= width + 2 * padding, "grid is wider than the image allows")
    (self.height, self.width, self.channels) = (height, width, channels)
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
    (self.gridHeight, self.gridWidth) = (gridHeight, gridWidth)
  }

  /// Floats of one image.
  package var imageCount: Int { height * width * channels }
  /// Window positions of one image.
  package var positions: Int { gridHeight * gridWidth }
  /// Floats of one window, in (row, column, channel) order.
  package var patchCount: Int { kernel * kernel * channels }
}

extension PatchGeometry {
  /// Copies every window of `images`, or some rows of every window, to a row of `patches`; outside the image it is
  /// zero.
  /// - Parameters: images `[n, H·W·C]`, patches `[n · positions, rows · kernel·C]`; windowRows, all by default.
  package func gather(_ images: Matrix, windowRows: Range<Int>? = nil, into patches: Matrix) {
    let run = kernel * channels
    forEachRun(images, patches, windowRows) { pixels, target in
      target.four = pixels.four
    } clipped: { pixels, target, clipped in
      guard let pixels else {
        target.update(repeating: 0, count: run)
        return
      }
      if clipped.skipped > 0 { target.update(repeating: 0, count: clipped.skipped) }
      copyRun(pixels, to: target + clipped.skipped, count: clipped.count)
      let end = clipped.skipped + clipped.count
      if end < run { (target + end).update(repeating: 0, count: run - end) }
    }
  }

  /// Adds every row of `patches` back to the window, or rows of the window, it stands for: the transpose of `gather`.
  /// - Parameters: patches `[n · positions, rows · kernel·C]`; windowRows, all by default; images `[n, H·W·C]`.
  package func scatter(_ patches: Matrix, windowRows: Range<Int>? = nil, addingTo images: Matrix) {
    forEachRun(images, patches, windowRows) { pixels, source in
      pixels.four += source.four
    } clipped: { pixels, source, clipped in
      guard let pixels else { return }
      addRun(source + clipped.skipped, to: pixels, count: clipped.count)
    }
  }

  /// The part of a window's row that lies inside the image's columns: floats left out before it, and floats in it.
  private struct ClippedRun {
    let skipped: Int
    let count: Int
  }

  /// Calls one of two bodies for each row of each window, with its first pixel inside the image and its place in
  /// `patches`.
  /// - Parameters:
  ///   - four: for runs of four floats that lie inside the image, those of a small window over grey images: there are
  ///     so many that each must take no more than a load and a store.
  ///   - clipped: for all others, with how much of the run lies inside; the pixel is nil where nothing does.
  @inline(__always)
  private func forEachRun(
    _ images: Matrix, _ patches: Matrix, _ windowRows: Range<Int>?,
    four: (_ pixels: UnsafeMutablePointer<Float>, _ patch: UnsafeMutablePointer<Float>) -> Void,
    clipped: (_ pixels: UnsafeMutablePointer<Float>?, _ patch: UnsafeMutablePointer<Float>, _ run: ClippedRun) -> Void
  ) {
    let windowRows = windowRows ?? 0..<kernel
    let run = kernel * channels
    precondition(images.columns == imageCount && patches.columns == windowRows.count * run, "shapes do not fit")
    precondition(patches.rows == images.rows * positions, "one row of patches for each window")
    for image in 0..<images.rows {
      for gy in 0..<gridHeight {
        let firstPatch = patches.row((image * gridHeight + gy) * gridWidth)
        for ky in windowRows {
          let row = gy * stride - padding + ky
          let pixels = row >= 0 && row < height ? images.row(image) + row * width * channels : nil
          var patch = firstPatch + (ky - windowRows.lowerBound) * run
          for gx in 0..<gridWidth {
            let left = gx * stride - padding
            if run == 4, let pixels, left >= 0, left + kernel <= width {
              four(pixels + left * channels, patch)
            } else {
              let (first, last) = (max(left, 0), min(left + kernel, width))
              clipped(
                last > first ? pixels.map { $0 + first * channels } : nil, patch,
                ClippedRun(skipped: (first - left) * channels, count: (last - first) * channels))
            }
            patch += patches.stride
          }
        }
      }
    }
  }
}

extension UnsafeMutablePointer<Float> {
  /// Four floats from here on; no alignment is required.
  @inline(__always)
  fileprivate var four: SIMD4<Float> {
    get { UnsafeRawPointer(self).loadUnaligned(as: SIMD4<Float>.self) }
    nonmutating set { UnsafeMutableRawPointer(self).storeBytes(of: newValue, as: SIMD4<Float>.self) }
  }
}

/// Short runs are copied here: a call of memcpy takes longer than the copy.
@inline(__always)
private func copyRun(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
  guard count <= 128 else {
    target.update(from: source, count: count)
    return
  }
  forEachLaneGroup(count) { i in
    (target + i).lanes = (source + i).lanes
  } rest: { i, n in
    for j in i..<i + n { target[j] = source[j] }
  }
}

@inline(__always)
private func addRun(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
  forEachLaneGroup(count) { i in
    (target + i).lanes = (target + i).lanes + (source + i).lanes
  } rest: { i, n in
    for j in i..<i + n { target[j] += source[j] }
  }
}
