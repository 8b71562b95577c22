import Kernels

/// Convolution as its definition has it, in double precision. Images are `[H, W, C]`, windows `[kernel, kernel, C]`.
struct PatchTwin {
  let geometry: PatchGeometry

  /// Calls `body` for every place of every window that lies inside the image.
  func forEachTap(_ body: (_ position: Int, _ pixel: Int, _ tap: Int) -> Void) {
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
  func gather(_ images: Table) -> Table {
    images.flatMap { image in
      var patches = table(geometry.positions, geometry.patchCount)
      forEachTap { patches[$0][$2] = image[$1] }
      return patches
    }
  }

  /// maps `[n, G · K]`, weight `[K, P]`.
  func correlate(_ images: Table, _ weight: Table) -> Table {
    images.map { image in
      var maps = [Double](repeating: 0, count: geometry.positions * weight.count)
      forEachTap { position, pixel, tap in
        for k in weight.indices { maps[position * weight.count + k] += image[pixel] * weight[k][tap] }
      }
      return maps
    }
  }

  func transposedCorrelate(_ maps: Table, _ weight: Table) -> Table {
    maps.map { map in
      var image = [Double](repeating: 0, count: geometry.imageCount)
      forEachTap { position, pixel, tap in
        for k in weight.indices { image[pixel] += map[position * weight.count + k] * weight[k][tap] }
      }
      return image
    }
  }

  func weightGradient(_ images: Table, _ maps: Table, mapChannels: Int, start: Double) -> Table {
    var gradient = table(mapChannels, geometry.patchCount) { _, _ in start }
    for (image, map) in zip(images, maps) {
      forEachTap { position, pixel, tap in
        for k in 0..<mapChannels { gradient[k][tap] += map[position * mapChannels + k] * image[pixel] }
      }
    }
    return gradient
  }
}

extension PatchGeometry {
  /// The largest grid that the image has room for.
  static func covering(
    _ height: Int, _ width: Int, channels: Int, kernel: Int, stride: Int, padding: Int
  ) -> PatchGeometry {
    PatchGeometry(
      height: height, width: width, channels: channels, kernel: kernel, stride: stride, padding: padding,
      gridHeight: (height + 2 * padding - kernel) / stride + 1,
      gridWidth: (width + 2 * padding - kernel) / stride + 1)
  }
}
