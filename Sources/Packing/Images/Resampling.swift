/// Resizes and crops as Pillow does: two passes, rows first, rounded to 8 bits in between.
package struct Resampling: Sendable {
  private let width: Int
  private let horizontal: ResampleWeights
  private let vertical: ResampleWeights

  /// For pictures of `width` by `height` pixels.
  package init(width: Int, height: Int, to geometry: ResizeGeometry) {
    self.width = width
    horizontal = ResampleWeights(source: width, target: geometry.width, kept: geometry.columns)
    vertical = ResampleWeights(source: height, target: geometry.height, kept: geometry.rows)
  }

  /// The bytes of one result.
  package var byteCount: Int { 3 * horizontal.taps.count * vertical.taps.count }

  /// - Parameters:
  ///   - pixels: `[height, width, 3]`.
  ///   - target: `[3, rows kept, columns kept]`, channels first.
  package func resize(_ pixels: [UInt8], into target: UnsafeMutableBufferPointer<UInt8>) {
    precondition(target.count == byteCount, "room for \(target.count) bytes, \(byteCount) are needed")
    let narrow = narrowed(pixels)
    narrow.withUnsafeBufferPointer { narrow in
      vertical.values.withUnsafeBufferPointer { weights in
        for (row, tap) in vertical.taps.enumerated() { shorten(narrow, row, tap, weights, into: target) }
      }
    }
  }

  private static let half: Int32 = 1 << (ResampleWeights.fractionBits - 1)

  /// The source rows that count, each with the columns that are kept: `[rows, columns kept, 3]`.
  private func narrowed(_ pixels: [UInt8]) -> [UInt8] {
    let (rows, columns) = (vertical.sources, horizontal.taps.count)
    return [UInt8](unsafeUninitializedCapacity: rows.count * columns * 3) { narrow, count in
      pixels.withUnsafeBufferPointer { pixels in
        horizontal.values.withUnsafeBufferPointer { weights in
          for row in rows {
            let line = UnsafeBufferPointer(rebasing: pixels[(row * width * 3)..<((row + 1) * width * 3)])
            let start = (row - rows.lowerBound) * columns * 3
            let result = UnsafeMutableBufferPointer(rebasing: narrow[start..<(start + columns * 3)])
            narrowLine(line, weights, into: result)
          }
        }
      }
      count = rows.count * columns * 3
    }
  }

  private func narrowLine(
    _ line: UnsafeBufferPointer<UInt8>, _ weights: UnsafeBufferPointer<Int32>,
    into result: UnsafeMutableBufferPointer<UInt8>
  ) {
    var place = 0
    for tap in horizontal.taps {
      var (red, green, blue) = (Self.half, Self.half, Self.half)
      var pixel = tap.first * 3
      for weight in tap.weights {
        let weight = weights[weight]
        red &+= weight &* Int32(line[pixel])
        green &+= weight &* Int32(line[pixel + 1])
        blue &+= weight &* Int32(line[pixel + 2])
        pixel += 3
      }
      result[place] = Self.level(red)
      result[place + 1] = Self.level(green)
      result[place + 2] = Self.level(blue)
      place += 3
    }
  }

  /// One row of the result, of all channels.
  private func shorten(
    _ narrow: UnsafeBufferPointer<UInt8>, _ row: Int, _ tap: ResampleWeights.Tap,
    _ weights: UnsafeBufferPointer<Int32>, into target: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (columns, plane) = (horizontal.taps.count, horizontal.taps.count * vertical.taps.count)
    let top = (tap.first - vertical.sources.lowerBound) * columns * 3
    for column in 0..<columns {
      for channel in 0..<3 {
        var sum = Self.half
        var source = top + column * 3 + channel
        for weight in tap.weights {
          sum &+= weights[weight] &* Int32(narrow[source])
          source += columns * 3
        }
        target[channel * plane + row * columns + column] = Self.level(sum)
      }
    }
  }

  /// Rounded, and kept between 0 and 255: the weights of a pixel may add up to a little more than one.
  private static func level(_ sum: Int32) -> UInt8 {
    UInt8(clamping: sum >> ResampleWeights.fractionBits)
  }
}
