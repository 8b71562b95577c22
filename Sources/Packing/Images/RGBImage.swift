/// An 8-bit picture as JPEG files hold it.
package struct RGBImage: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// `[height, width, 3]`, row major.
  package var bytes: [UInt8]

  package init(width: Int, height: Int, bytes: [UInt8]) {
    precondition(bytes.count == width * height * 3, "\(bytes.count) bytes are not \(width) x \(height) pixels")
    (self.width, self.height, self.bytes) = (width, height, bytes)
  }
}
