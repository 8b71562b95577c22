import Glibc
import Storage

/// An array in NumPy's `.npy` format (versions 1 to 3), open for reading row by row. The header is checked against the
/// size of the file.
final class NPYFile: Sendable {
  let path: String
  let element: NPYElement
  /// Rows first.
  let shape: [Int]
  private let input: PositionedInput
  private let dataOffset: Int

  var rowCount: Int { shape[0] }
  var rowShape: [Int] { Array(shape.dropFirst()) }
  var rowElementCount: Int { shape.dropFirst().reduce(1, *) }
  var rowByteCount: Int { rowElementCount * element.byteCount }

  init(_ path: String) throws(PackingError) {
    let input = try PositionedInput(path)
    let (text, dataOffset) = try Self.readHeaderText(input)
    let header = try NPYHeader(text, path: path)
    try Self.checkShape(header.shape, path: path)
    try Self.checkSize(try input.size() - dataOffset, header, path: path)
    (self.path, self.input, self.dataOffset) = (path, input, dataOffset)
    (element, shape) = (header.element, header.shape)
  }

  /// Reads rows as they are stored.
  /// - Parameter buffer: exactly the rows' bytes.
  func readRows(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(PackingError) {
    guard try input.read(into: buffer, at: dataOffset + rows.lowerBound * rowByteCount) == buffer.count else {
      throw PackingError(file: path, "the file became shorter while it was read")
    }
  }

  /// The magic bytes, two of version, the length of the text in two bytes (version 1) or four, the text.
  private static func readHeaderText(_ input: PositionedInput) throws(PackingError) -> (text: String, end: Int) {
    let start = try input.bytes(12, at: 0)
    guard start.starts(with: [0x93] + Array("NUMPY".utf8)), start.count == 12 else {
      throw PackingError(file: input.path, "not a .npy file: one begins with the byte 147 and NUMPY. Use numpy.save")
    }
    guard (1...3).contains(start[6]) else {
      throw PackingError(file: input.path, "version \(start[6]) of the .npy format; versions 1 to 3 are known")
    }
    let textOffset = start[6] == 1 ? 10 : 12
    let count = start[8..<textOffset].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard count <= 1 << 16 else {
      throw PackingError(file: input.path, "the header claims to have \(count) bytes; the file is damaged")
    }
    let text = try input.bytes(count, at: textOffset)
    guard text.count == count else {
      throw PackingError(file: input.path, "cut short: expected a header of \(count) bytes, found \(text.count)")
    }
    return (String(decoding: text, as: UTF8.self), textOffset + count)
  }

  private static func checkShape(_ shape: [Int], path: String) throws(PackingError) {
    guard !shape.isEmpty else {
      throw PackingError(file: path, "expected an array whose first axis counts rows, found a single number")
    }
    guard !shape.contains(0) else { throw PackingError(file: path, "the array is empty, its shape is \(shape)") }
  }

  private static func checkSize(_ found: Int, _ header: NPYHeader, path: String) throws(PackingError) {
    guard let expected = product(of: [header.element.byteCount] + header.shape) else {
      throw PackingError(file: path, "no file can hold the shape \(header.shape)")
    }
    guard found == expected else {
      throw PackingError(
        file: path,
        "\(found < expected ? "cut short: " : "")expected \(expected) bytes of \(header.element.name) in the shape "
          + "\(header.shape), found \(found)")
    }
  }
}

/// Reads from places in a file.
private final class PositionedInput: Sendable {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws(PackingError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func size() throws(PackingError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path) }
    return Int(status.st_size)
  }

  /// Up to `count` bytes; fewer only at the end of the file.
  func bytes(_ count: Int, at offset: Int) throws(PackingError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { buffer.deallocate() }
    return Array(buffer.prefix(try read(into: buffer, at: offset)))
  }

  /// Fills the buffer unless the file ends. Returns how many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(PackingError) -> Int {
    var count = 0
    let code = readAll(descriptor, into: buffer, at: offset, &count)
    guard code == 0 else { throw PackingError(file: path, String(cString: strerror(code))) }
    return count
  }
}
