package import Kernels

/// Convolution as its definition has it, in double precision and, on matrices, in single. Images are `[H, W, C]`,
/// windows `[kernel, kernel, C]`.
package struct PatchTwin {
  package let geometry: PatchGeometry

  package init(geometry: PatchGeometry) { self.geometry = geometry }

  /// Calls `body` for every place of every window that lies inside the image.
  @inline(__always)
  private func forEachTap(_ body: (_ position: Int, _ pixel: Int, _ tap: Int) -> Void) {
    let g = geometry
    for gy in 0..<g.gridHeight {
      for gx in 0..<g.gridWidth {
        for ky in 0..<g.kernel {
          for kx in 0..<g.kernel {
            let (y, x) = (gy * g.stride - g.padding + ky, gx * g.stride - g.padding + kx)
            guard 0..<g.height ~= y, 0..<g.width ~= x else { continue }
            for c in 0..<g.channels {
              body(gy * g.gridWidth + gx, (y * g.width + x) * g.channels + c, (ky * g.kernel + kx) * g.channels + c)
            }
          }
        }
      }
    }
  }

  /// One row a window.
  package func gather(_ images: Table) -> Table {
    images.flatMap { image in
      var patches = table(geometry.positions, geometry.patchCount)
      forEachTap { patches[$0][$2] = image[$1] }
      return patches
    }
  }

  /// maps `[n, G · K]`, weight `[K, P]`.
  package func correlate(_ images: Table, _ weight: Table) -> Table {
    images.map { image in
      var maps = [Double](repeating: 0, count: geometry.positions * weight.count)
      forEachTap { position, pixel, tap in
        for k in weight.indices { maps[position * weight.count + k] += image[pixel] * weight[k][tap] }
      }
      return maps
    }
  }

  package func transposedCorrelate(_ maps: Table, _ weight: Table) -> Table {
    maps.map { map in
      var image = [Double](repeating: 0, count: geometry.imageCount)
      forEachTap { position, pixel, tap in
        for k in weight.indices { image[pixel] += map[position * weight.count + k] * weight[k][tap] }
      }
      return image
    }
  }

  package func weightGradient(_ images: Table, _ maps: Table, mapChannels: Int, start: Double) -> Table {
    var gradient = table(mapChannels, geometry.patchCount) { _, _ in start }
    for (image, map) in zip(images, maps) {
      forEachTap { position, pixel, tap in
        for k in 0..<mapChannels { gradient[k][tap] += map[position * mapChannels + k] * image[pixel] }
      }
    }
    return gradient
  }
}

extension PatchTwin {
  package func gather(_ images: Matrix, into patches: Matrix) {
    patches.fill(0)
    for n in 0..<images.rows {
      let (image, first) = (images.row(n), patches.row(n * geometry.positions))
      let stride = patches.stride
      forEachTap { position, pixel, tap in first[position * stride + tap] = image[pixel] }
    }
  }

  package func scatter(_ patches: Matrix, addingTo images: Matrix) {
    for n in 0..<images.rows {
      let (image, first) = (images.row(n), patches.row(n * geometry.positions))
      let stride = patches.stride
      forEachTap { position, pixel, tap in image[pixel] += first[position * stride + tap] }
    }
  }

  package func correlate(_ images: Matrix, weight: Matrix, into maps: Matrix) {
    maps.fill(0)
    let (channels, taps, first) = (weight.rows, weight.stride, weight.base)
    for n in 0..<images.rows {
      let (image, map) = (images.row(n), maps.row(n))
      forEachTap { position, pixel, tap in
        for k in 0..<channels { map[position * channels + k] += image[pixel] * first[k * taps + tap] }
      }
    }
  }

  package func transposedCorrelate(_ maps: Matrix, weight: Matrix, into images: Matrix) {
    images.fill(0)
    let (channels, taps, first) = (weight.rows, weight.stride, weight.base)
    for n in 0..<images.rows {
      let (image, map) = (images.row(n), maps.row(n))
      forEachTap { position, pixel, tap in
        for k in 0..<channels { image[pixel] += map[position * channels + k] * first[k * taps + tap] }
      }
    }
  }

  package func weightGradient(images: Matrix, maps: Matrix, into gradient: Matrix, accumulating: Bool) {
    if !accumulating { gradient.fill(0) }
    let (channels, taps, first) = (gradient.rows, gradient.stride, gradient.base)
    for n in 0..<images.rows {
      let (image, map) = (images.row(n), maps.row(n))
      forEachTap { position, pixel, tap in
        for k in 0..<channels { first[k * taps + tap] += map[position * channels + k] * image[pixel] }
      }
    }
  }
}

extension PatchGeometry {
  /// The largest grid that the image has room for.
  package static func covering(
    _ height: Int, _ width: Int, channels: Int, kernel: Int, stride: Int, padding: Int
  ) -> PatchGeometry {
    PatchGeometry(
      height: height, width: width, channels: channels, kernel: kernel, stride: stride, padding: padding,
      gridHeight: (height + 2 * padding - kernel) / stride + 1,
      gridWidth: (width + 2 * padding - kernel) / stride + 1)
  }
}
