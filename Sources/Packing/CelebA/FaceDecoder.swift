/// Turns JPEG files into faces of 64 by 64 pixels, channels first. For one thread at a time.
package struct FaceDecoder: ~Copyable {
  static let side = 64
  package static let byteCount = 3 * side * side

  private let decoder: JPEGDecoder
  /// Weights for the size of the last picture, which in CelebA is that of all.
  private var resampling: (width: Int, height: Int, Resampling)?

  package init() throws(PackingError) { decoder = try JPEGDecoder() }

  /// - Parameter target: `[3, 64, 64]`.
  package mutating func decode(_ path: String, into target: UnsafeMutableBufferPointer<UInt8>) throws(PackingError) {
    let image = try decoder.decode(file: path)
    resampling(for: image).resize(image.bytes, into: target)
  }

  private mutating func resampling(for image: RGBImage) -> Resampling {
    if let resampling, resampling.width == image.width, resampling.height == image.height { return resampling.2 }
    let geometry = ResizeGeometry(width: image.width, height: image.height, side: Self.side)
    let made = Resampling(width: image.width, height: image.height, to: geometry)
    resampling = (image.width, image.height, made)
    return made
  }
}
