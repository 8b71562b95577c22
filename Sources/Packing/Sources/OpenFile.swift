import Glibc

/// A file that is read from at any place. Closed with its last user.
final class OpenFile: Sendable {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws(PackingError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
  }

  /// Owns an open descriptor.
  init(adopting descriptor: Int32, _ path: String) { (self.path, self.descriptor) = (path, descriptor) }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func size() throws(PackingError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path) }
    return Int(status.st_size)
  }

  /// Fills the buffer unless the file ends. Returns how many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(PackingError) -> Int {
    var count = 0
    let code = readAll(descriptor, into: buffer, at: offset, &count)
    guard code == 0 else { throw PackingError(file: path, String(cString: strerror(code))) }
    return count
  }
}

/// A part of a file.
struct FileSection: Sendable {
  let file: OpenFile
  let start: Int
  let byteCount: Int

  init(_ file: OpenFile, start: Int, byteCount: Int) {
    (self.file, self.start, self.byteCount) = (file, start, byteCount)
  }

  init(whole file: OpenFile) throws(PackingError) { self.init(file, start: 0, byteCount: try file.size()) }

  /// Up to `count` bytes; fewer only at the end of the section.
  func bytes(_ count: Int, at offset: Int) throws(PackingError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { buffer.deallocate() }
    return Array(buffer.prefix(try read(into: buffer, at: offset)))
  }

  /// Fills the buffer unless the section ends. Returns how many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(PackingError) -> Int {
    let count = max(0, min(buffer.count, byteCount - offset))
    return try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: start + offset)
  }

  /// Fills the whole buffer.
  func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(PackingError) {
    guard try read(into: buffer, at: offset) == buffer.count else {
      throw PackingError(file: file.path, "the file became shorter while it was read")
    }
  }

  /// What lies behind the first bytes.
  func dropping(_ count: Int) -> FileSection {
    FileSection(file, start: start + count, byteCount: byteCount - count)
  }
}
