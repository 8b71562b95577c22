/// Lays images of one size out in rows, from left to right and top to bottom.
package struct ImageGrid: Equatable, Sendable {
  package let count: Int
  package let height: Int
  package let width: Int
  package let channels: Int
  package let columns: Int
  package let upscaling: Int

  /// Pixels between images.
  package static let separator = 2
  /// Grey between images and in cells without one: seen beside black and white.
  package static let separatorLevel: UInt8 = 128

  /// Longest side of a picture, a limit of libpng.
  private static let maximumSide = 1_000_000
  /// Most bytes of a picture before compression.
  private static let maximumByteCount = 1 << 30

  /// - Parameters:
  ///   - count: images in the grid, at least one.
  ///   - channels: 1 for grey, 3 for RGB.
  ///   - columns: images in a row.
  ///   - upscaling: the side of the square that each pixel becomes.
  package init(
    count: Int, height: Int, width: Int, channels: Int, columns: Int, upscaling: Int = 1
  ) throws(PictureError) {
    (self.count, self.height, self.width) = (count, height, width)
    (self.channels, self.columns, self.upscaling) = (channels, columns, upscaling)
    try check()
  }

  package var rows: Int { (count + columns - 1) / columns }
  package var pictureWidth: Int { Self.side(cells: columns, of: width * upscaling) }
  package var pictureHeight: Int { Self.side(cells: rows, of: height * upscaling) }

  /// The grid as a PNG file.
  /// - Parameter values: `[count, height, width, channels]`, row major. 0 is black, 1 is full; what lies outside is
  ///   clamped. A value that is not finite is an error, because it means that the model is broken.
  package func png(_ values: [Float]) throws(PictureError) -> [UInt8] {
    try picture(values).png()
  }

  /// The grid before compression; see `png(_:)`.
  /// - Parameter absent: images that are not there, whatever their values are: their cells stay grey.
  package func picture(_ values: [Float], absent: Set<Int> = []) throws(PictureError) -> Picture {
    let imageSize = height * width * channels
    guard values.count == count * imageSize else {
      throw PictureError("\(count) images of \(imageSize) values were expected, found \(values.count) values")
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw PictureError("image \(bad / imageSize) has a value that is \(values[bad]), not a brightness")
    }
    var picture = Picture(width: pictureWidth, height: pictureHeight, channels: channels, level: Self.separatorLevel)
    for image in 0..<count where !absent.contains(image) { draw(image, of: values, into: &picture) }
    return picture
  }

  private func draw(_ image: Int, of values: [Float], into picture: inout Picture) {
    let top = image / columns * (height * upscaling + Self.separator)
    let left = image % columns * (width * upscaling + Self.separator)
    for y in 0..<height * upscaling {
      for x in 0..<width * upscaling {
        let source = ((image * height + y / upscaling) * width + x / upscaling) * channels
        let target = ((top + y) * picture.width + left + x) * channels
        for channel in 0..<channels { picture.bytes[target + channel] = level(values[source + channel]) }
      }
    }
  }

  /// The nearest of 256 levels.
  private func level(_ value: Float) -> UInt8 { UInt8((min(max(value, 0), 1) * 255).rounded()) }

  private static func side(cells: Int, of size: Int) -> Int { cells * size + (cells - 1) * separator }

  private func check() throws(PictureError) {
    guard channels == 1 || channels == 3 else {
      throw PictureError("a picture has 1 or 3 channels, not \(channels)")
    }
    for (what, number) in [
      ("images", count), ("pixels in height", height), ("pixels in width", width), ("columns", columns),
      ("times upscaling", upscaling),
    ] {
      guard (1...Self.maximumSide).contains(number) else {
        throw PictureError("a grid needs 1 to \(Self.maximumSide) \(what), not \(number)")
      }
    }
    guard max(pictureWidth, pictureHeight) <= Self.maximumSide,
      pictureWidth * pictureHeight * channels <= Self.maximumByteCount
    else { throw PictureError("a picture of \(pictureWidth) x \(pictureHeight) pixels is too large") }
  }
}
