import CPNG

/// An 8-bit picture, grey or RGB.
package struct Picture: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// 1 for grey, 3 for red, green and blue.
  package let channels: Int
  /// `[height, width, channels]`, row major.
  package internal(set) var bytes: [UInt8]

  /// A picture of one level of grey.
  init(width: Int, height: Int, channels: Int, level: UInt8) {
    (self.width, self.height, self.channels) = (width, height, channels)
    bytes = [UInt8](repeating: level, count: width * height * channels)
  }

  /// The picture as a PNG file (`png_image_write_to_memory`).
  ///
  /// libpng's simplified interface keeps its `setjmp` to itself and reports errors by return value.
  package func png() throws(PictureError) -> [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    (image.width, image.height) = (png_uint_32(width), png_uint_32(height))
    image.format = channels == 1 ? png_uint_32(PNG_FORMAT_GRAY) : png_uint_32(PNG_FORMAT_RGB)
    var size: png_alloc_size_t = 0
    guard png_image_write_to_memory(&image, nil, &size, 0, bytes, 0, nil) != 0 else { throw pngError(image) }
    var file = [UInt8](repeating: 0, count: Int(size))
    guard png_image_write_to_memory(&image, &file, &size, 0, bytes, 0, nil) != 0 else { throw pngError(image) }
    return file
  }
}

/// libpng's own words.
private func pngError(_ image: png_image) -> PictureError {
  let text = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  return PictureError("cannot make a PNG of \(image.width) x \(image.height) pixels: \(text)")
}
