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
  /// Copies every window of `images` to a row of `patches`; outside the image it is zero.
  /// - Parameters: images `[n, H·W·C]`, patches `[n · positions, kernel·kernel·C]`.
  package func gather(_ images: Matrix, into patches: Matrix) {
    check(images, patches)
    let run = kernel * channels
    forEachRun(imageRows: images.rows) { image, row, patchRow, ky, clipped in
      let target = patches.row(patchRow) + ky * run
      guard let clipped else {
        target.update(repeating: 0, count: run)
        return
      }
      let source = images.row(image) + (row * width + clipped.column) * channels
      if clipped.skipped > 0 { target.update(repeating: 0, count: clipped.skipped) }
      (target + clipped.skipped).update(from: source, count: clipped.count)
      let end = clipped.skipped + clipped.count
      if end < run { (target + end).update(repeating: 0, count: run - end) }
    }
  }

  /// Adds every row of `patches` back to the window it stands for: the transpose of `gather`.
  /// `images` is overwritten, not added to.
  package func scatter(_ patches: Matrix, into images: Matrix) {
    check(images, patches)
    images.fill(0)
    let run = kernel * channels
    forEachRun(imageRows: images.rows) { image, row, patchRow, ky, clipped in
      guard let clipped else { return }
      let source = patches.row(patchRow) + ky * run + clipped.skipped
      addRun(source, to: images.row(image) + (row * width + clipped.column) * channels, count: clipped.count)
    }
  }

  /// The part of a window's row that lies inside the image: floats left out before it, floats in it, first column.
  private struct ClippedRun {
    let skipped: Int
    let count: Int
    let column: Int
  }

  /// Calls `body` for each row of each window of each image; the run is nil where the row lies outside the image.
  @inline(__always)
  private func forEachRun(
    imageRows: Int, _ body: (_ image: Int, _ row: Int, _ patchRow: Int, _ ky: Int, _ run: ClippedRun?) -> Void
  ) {
    for image in 0..<imageRows {
      for gy in 0..<gridHeight {
        for gx in 0..<gridWidth {
          let left = gx * stride - padding
          let first = max(left, 0)
          let last = min(left + kernel, width)
          let run = ClippedRun(
            skipped: (first - left) * channels, count: (last - first) * channels, column: first)
          let patchRow = (image * gridHeight + gy) * gridWidth + gx
          for ky in 0..<kernel {
            let row = gy * stride - padding + ky
            body(image, row, patchRow, ky, row >= 0 && row < height && last > first ? run : nil)
          }
        }
      }
    }
  }

  private func check(_ images: Matrix, _ patches: Matrix) {
    precondition(images.columns == imageCount && patches.columns == patchCount, "shapes do not fit the geometry")
    precondition(patches.rows == images.rows * positions, "one row of patches for each window")
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
