import CTurboJPEG

/// Decodes JPEG files with libjpeg-turbo, grey ones as RGB. For one thread at a time.
package struct JPEGDecoder: ~Copyable {
  private let handle: tjhandle
  /// More cannot be a photograph of a face, and would only ask for all memory.
  private static let maximumPixelCount = 1 << 26

  package init() throws(PackingError) {
    guard let handle = tjInitDecompress() else { throw PackingError("libjpeg-turbo: \(turboMessage(nil))") }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// Decodes a file; one that is damaged or cut short is an error that names it.
  package func decode(file path: String) throws(PackingError) -> RGBImage {
    try decode(try readFile(path), path)
  }

  func decode(_ file: [UInt8], _ path: String) throws(PackingError) -> RGBImage {
    let (width, height, _) = try header(of: file, path)
    var code: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      code = tjDecompress2(
        handle, file, UInt(file.count), buffer.baseAddress, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue),
        TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING)
      count = code == 0 ? width * height * 3 : 0
    }
    guard code == 0 else { throw damaged(path) }
    return RGBImage(width: width, height: height, bytes: pixels)
  }

  /// Reads the header (`tjDecompressHeader3`).
  func header(of file: [UInt8], _ path: String) throws(PackingError) -> (width: Int, height: Int, isGrey: Bool) {
    var (width, height, subsampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard tjDecompressHeader3(handle, file, UInt(file.count), &width, &height, &subsampling, &colours) == 0 else {
      throw damaged(path)
    }
    guard colours != Int32(TJCS_CMYK.rawValue), colours != Int32(TJCS_YCCK.rawValue) else {
      throw PackingError(file: path, "a CMYK picture; convert it to RGB")
    }
    guard Int(width) * Int(height) <= Self.maximumPixelCount else {
      throw PackingError(file: path, "\(width) x \(height) pixels are too many")
    }
    return (Int(width), Int(height), colours == Int32(TJCS_GRAY.rawValue))
  }

  private func damaged(_ path: String) -> PackingError {
    PackingError(file: path, "not a JPEG file or a damaged one: \(turboMessage(handle)). Get it again")
  }
}

/// libjpeg-turbo's words for what failed last (`tjGetErrorStr2`).
func turboMessage(_ handle: tjhandle?) -> String {
  tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given"
}
