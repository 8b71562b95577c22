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
    if let error = ForeignFormat.picture(file, path) { throw error }
    let header = try jpeg.header(of: file, path)
    return Description(width: header.width, height: header.height, isGrey: header.isGrey)
  }

  /// Grey pictures have three equal channels; of what is transparent the colour counts, as with Pillow's
  /// `convert("RGB")`.
  func decode(_ path: String) throws(PackingError) -> RGBImage {
    let file = try readFile(path)
    guard Self.isPNG(file) else {
      if let error = ForeignFormat.picture(file, path) { throw error }
      return try jpeg.decode(file, path)
    }
    return try PNGImage(file, path).decoded()
  }

  private static func isPNG(_ file: [UInt8]) -> Bool { file.starts(with: [0x89, 0x50, 0x4e, 0x47]) }

  /// A PNG file in memory, by libpng's simplified interface, which keeps its `setjmp` to itself.
  private struct PNGImage: ~Copyable {
    /// At one place in memory, which libpng remembers.
    private let image: UnsafeMutablePointer<png_image>
    /// Read by libpng until the picture is decoded.
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let path: String

    init(_ file: [UInt8], _ path: String) throws(PackingError) {
      self.path = path
      image = UnsafeMutablePointer.allocate(capacity: 1)
      image.initialize(to: png_image())
      bytes = UnsafeMutableBufferPointer.allocate(capacity: file.count)
      _ = bytes.initialize(from: file)
      image.pointee.version = png_uint_32(PNG_IMAGE_VERSION)
      guard png_image_begin_read_from_memory(image, bytes.baseAddress, bytes.count) != 0 else { throw damaged }
      guard width * height <= maximumPixelCount else {
        throw PackingError(file: path, "\(width) x \(height) pixels are too many")
      }
      image.pointee.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    }

    deinit {
      png_image_free(image)
      image.deallocate()
      bytes.deallocate()
    }

    private var width: Int { Int(image.pointee.width) }
    private var height: Int { Int(image.pointee.height) }

    var description: Description {
      Description(
        width: width, height: height, isGrey: image.pointee.format & png_uint_32(PNG_FORMAT_FLAG_COLOR) == 0)
    }

    func decoded() throws(PackingError) -> RGBImage {
      image.pointee.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
      var pixels = [UInt8](repeating: 0, count: 4 * width * height)
      guard png_image_finish_read(image, nil, &pixels, 0, nil) != 0 else { throw damaged }
      var colours = [UInt8](repeating: 0, count: 3 * width * height)
      for pixel in 0..<(width * height) {
        for channel in 0..<3 { colours[3 * pixel + channel] = pixels[4 * pixel + channel] }
      }
      return RGBImage(width: width, height: height, bytes: colours)
    }

    private var damaged: PackingError {
      let words = withUnsafeBytes(of: image.pointee.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      return PackingError(file: path, "a damaged PNG file: \(words). Get it again")
    }
  }
}
