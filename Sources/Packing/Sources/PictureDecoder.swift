import CPNG

/// Decodes PNG and JPEG files, whatever they are called. For one thread at a time.
struct PictureDecoder: ~Copyable {
  /// What a file says of its picture.
  struct Description: Equatable {
    let width: Int
    let height: Int
    let isGrey: Bool
  }

  private let jpeg: JPEGDecoder
  private static let maximumPixelCount = 1 << 26

  init() throws(PackingError) { jpeg = try JPEGDecoder() }

  func describe(_ path: String) throws(PackingError) -> Description {
    let file = try readFile(path)
    if Self.isPNG(file) { return try PNGImage(file, path).description }
    let header = try jpeg.header(of: file, path)
    return Description(width: header.width, height: header.height, isGrey: header.isGrey)
  }

  /// Grey pictures have three equal channels; of what is transparent the colour counts, as with Pillow's
  /// `convert("RGB")`.
  func decode(_ path: String) throws(PackingError) -> RGBImage {
    let file = try readFile(path)
    guard Self.isPNG(file) else { return try jpeg.decode(file, path) }
    var image = try PNGImage(file, path)
    return try image.decoded()
  }

  private static func isPNG(_ file: [UInt8]) -> Bool { file.starts(with: [0x89, 0x50, 0x4e, 0x47]) }

  /// A PNG file in memory, by libpng's simplified interface, which keeps its `setjmp` to itself.
  private struct PNGImage: ~Copyable {
    private var image = png_image()
    private let path: String

    init(_ file: [UInt8], _ path: String) throws(PackingError) {
      self.path = path
      image.version = png_uint_32(PNG_IMAGE_VERSION)
      bytes = UnsafeMutableBufferPointer.allocate(capacity: file.count)
      _ = bytes.initialize(from: file)
      guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else { throw damaged }
      guard Int(image.width) * Int(image.height) <= maximumPixelCount else {
        throw PackingError(file: path, "\(image.width) x \(image.height) pixels are too many")
      }
      image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    }

    /// Read by libpng until the picture is decoded.
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    deinit {
      var image = image
      png_image_free(&image)
      bytes.deallocate()
    }

    var description: Description {
      Description(
        width: Int(image.width), height: Int(image.height),
        isGrey: image.format & png_uint_32(PNG_FORMAT_FLAG_COLOR) == 0)
    }

    mutating func decoded() throws(PackingError) -> RGBImage {
      let count = Int(image.width) * Int(image.height)
      image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
      var pixels = [UInt8](repeating: 0, count: 4 * count)
      guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else { throw damaged }
      var colours = [UInt8](repeating: 0, count: 3 * count)
      for pixel in 0..<count {
        for channel in 0..<3 { colours[3 * pixel + channel] = pixels[4 * pixel + channel] }
      }
      return RGBImage(width: Int(image.width), height: Int(image.height), bytes: colours)
    }

    private var damaged: PackingError {
      let words = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      return PackingError(file: path, "a damaged PNG file: \(words). Get it again")
    }
  }
}
