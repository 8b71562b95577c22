import Glibc
import Storage

/// A temporary file without a name, written from front to back and then read at any place: for sources that can only be
/// read in their order. It is gone with the process, however that ends.
struct SpoolFile: ~Copyable {
  private static let bufferByteCount = 1 << 20

  private let directory: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var byteCount = 0

  /// - Parameter directory: where there is room for the data.
  init(in directory: String) throws(PackingError) {
    self.directory = directory
    var name = Array((directory + "/.mhvae-pack-XXXXXX").utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw .system(directory) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(name)
    self.descriptor = descriptor
    buffer.reserveCapacity(Self.bufferByteCount)
  }

  deinit { close(descriptor) }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(PackingError) {
    buffer += bytes
    if buffer.count >= Self.bufferByteCount { try flush() }
  }

  mutating func append(_ bytes: [UInt8]) throws(PackingError) {
    buffer += bytes
    if buffer.count >= Self.bufferByteCount { try flush() }
  }

  mutating func append<Number: BitwiseCopyable>(_ number: Number) throws(PackingError) {
    withUnsafeBytes(of: number) { buffer += $0 }
    if buffer.count >= Self.bufferByteCount { try flush() }
  }

  /// All that was written, to be read.
  consuming func finish() throws(PackingError) -> FileSection {
    try flush()
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .system(directory) }
    return FileSection(OpenFile(adopting: copy, directory), start: 0, byteCount: byteCount)
  }

  private mutating func flush() throws(PackingError) {
    let code = buffer.withUnsafeBytes { writeAll(descriptor, $0, at: byteCount) }
    guard code == 0 else {
      throw PackingError(
        file: directory, "\(String(cString: strerror(code))). Rows are kept here while they are packed; free some space"
      )
    }
    byteCount += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }
}
