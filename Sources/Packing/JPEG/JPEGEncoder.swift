import CTurboJPEG

/// Encodes pictures as JPEG files with libjpeg-turbo, colours at half the resolution. For one thread at a time.
package struct JPEGEncoder: ~Copyable {
  private let handle: tjhandle
  private let quality: Int32

  /// - Parameter quality: 1 to 100.
  package init(quality: Int = 90) throws(PackingError) {
    guard let handle = tjInitCompress() else { throw PackingError("libjpeg-turbo: \(turboMessage(nil))") }
    (self.handle, self.quality) = (handle, Int32(quality))
  }

  deinit { tjDestroy(handle) }

  /// The bytes of a file (`tjCompress2`).
  package func encode(_ image: RGBImage) throws(PackingError) -> [UInt8] {
    var buffer: UnsafeMutablePointer<UInt8>?
    defer { tjFree(buffer) }
    var count: UInt = 0
    let code = tjCompress2(
      handle, image.bytes, Int32(image.width), 0, Int32(image.height), Int32(TJPF_RGB.rawValue), &buffer, &count,
      Int32(TJSAMP_420.rawValue), quality, TJFLAG_ACCURATEDCT)
    guard code == 0 else { throw PackingError("libjpeg-turbo: \(turboMessage(handle))") }
    return [UInt8](UnsafeBufferPointer(start: buffer, count: Int(count)))
  }
}
