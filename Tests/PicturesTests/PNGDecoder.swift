import CPNG

/// Decodes a PNG with libpng's simplified interface, into `[height, width, channels]`.
func decode(_ file: [UInt8]) throws -> (width: Int, height: Int, channels: Int, bytes: [UInt8]) {
  var image = png_image()
  image.version = png_uint_32(PNG_IMAGE_VERSION)
  guard png_image_begin_read_from_memory(&image, file, file.count) != 0 else { throw DecodingFailed() }
  let channels = image.format & png_uint_32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3
  let (width, height) = (Int(image.width), Int(image.height))
  var bytes = [UInt8](repeating: 0, count: width * height * channels)
  guard png_image_finish_read(&image, nil, &bytes, 0, nil) != 0 else { throw DecodingFailed() }
  return (width, height, channels, bytes)
}

struct DecodingFailed: Error {}
