/// An array of bytes in the IDX format of the MNIST files, read whole.
package struct IDXArray: Equatable, Sendable {
  package let path: String
  /// The extents in the file's header, rows first.
  package let shape: [Int]
  /// Row major.
  package let bytes: [UInt8]

  package var rowCount: Int { shape[0] }
  package var rowByteCount: Int { shape.dropFirst().reduce(1, *) }
}

/// Reads IDX files: two zero bytes, the type (8 for unsigned bytes), the number of axes, one big-endian 32-bit extent
/// per axis, then the values.
package enum IDXReader {
  private static let blockByteCount = 1 << 20

  /// Reads a file, compressed or not.
  /// - Parameter rowShape: what the extents after the first must be: `[28, 28]` for images, none for labels.
  package static func read(_ path: String, rowShape: [Int]) throws(PackingError) -> IDXArray {
    let file = try GzipFile.open(path)
    let shape = try readHeader(of: file, path, axisCount: rowShape.count + 1)
    guard Array(shape.dropFirst()) == rowShape else {
      throw PackingError(file: path, "expected rows of shape \(rowShape), found \(Array(shape.dropFirst()))")
    }
    let byteCount = shape.reduce(1, *)
    let bytes = try readBytes(of: file, path, byteCount: byteCount)
    guard bytes.count == byteCount else {
      throw PackingError(file: path, "expected \(byteCount) bytes after the header \(shape), found more")
    }
    return IDXArray(path: path, shape: shape, bytes: bytes)
  }

  private static func readHeader(
    of file: borrowing GzipFile, _ path: String, axisCount: Int
  ) throws(PackingError) -> [Int] {
    let magic = try file.read(upTo: 4)
    let expected: [UInt8] = [0, 0, 8, UInt8(axisCount)]
    guard magic == expected else {
      throw PackingError(
        file: path, "not the IDX file expected here: it should begin with the bytes \(expected), found \(magic)")
    }
    let extents = try file.read(upTo: 4 * axisCount)
    guard extents.count == 4 * axisCount else {
      throw PackingError(file: path, "expected a header of \(4 + 4 * axisCount) bytes, found \(4 + extents.count)")
    }
    return (0..<axisCount).map { axis in
      extents[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
  }

  /// All bytes, or one more than there should be. Grows with what is there, so that a damaged header cannot ask for
  /// all memory. The last read asks for more than is wanted: only then does zlib look at the end of its stream.
  private static func readBytes(
    of file: borrowing GzipFile, _ path: String, byteCount: Int
  ) throws(PackingError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < byteCount {
      let rest = byteCount - bytes.count
      let block = try file.read(upTo: rest < 2 * blockByteCount ? rest + 1 : blockByteCount)
      guard !block.isEmpty else {
        throw PackingError(
          file: path, "cut short: expected \(byteCount) bytes after the header, found \(bytes.count). Get it again")
      }
      bytes += block
    }
    return bytes
  }
}
