import Glibc

/// Rows of bytes computed so far, kept in a file, so that an interrupted run can resume.
///
/// The file is a header, which describes the request, and whole rows; a torn row is not counted.
struct PartialRows: ~Copyable {
  let path: String
  /// The rows that are there.
  private(set) var rowCount: Int
  /// Whether the file was that of another request, and was emptied.
  let startedAnew: Bool
  private let descriptor: Int32
  private let rowByteCount: Int

  private static let magic = Array("mhvae-pack rows 1\n".utf8)
  private static let headerByteCount = magic.count + 32

  /// Opens the file at `path` or makes one. No other process can have it open.
  /// - Parameters:
  ///   - digest: 32 bytes; rows of a request with another digest are thrown away.
  ///   - maximum: the rows there will be in the end.
  static func open(
    _ path: String, digest: [UInt8], rowByteCount: Int, atMost maximum: Int
  ) throws(PackingError) -> PartialRows {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system(path) }
    do throws(PackingError) {
      return try adopt(descriptor, path, header: magic + digest, rowByteCount, maximum)
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func adopt(
    _ descriptor: Int32, _ path: String, header: [UInt8], _ rowByteCount: Int, _ maximum: Int
  ) throws(PackingError) -> PartialRows {
    guard lock(descriptor) else {
      throw PackingError(file: path, "another mhvae-pack is writing this file. Wait for it or name another output")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path) }
    let found = try readHeader(descriptor, path)
    guard found.starts(with: magic) || found.isEmpty else {
      throw PackingError(file: path, "not a file of mhvae-pack, which wants to write here. Move it away")
    }
    let isOurs = found == header
    let rowCount = isOurs ? min(maximum, (Int(status.st_size) - header.count) / rowByteCount) : 0
    let rows = PartialRows(
      path: path, rowCount: rowCount, startedAnew: !isOurs && !found.isEmpty, descriptor: descriptor,
      rowByteCount: rowByteCount)
    if !isOurs { try rows.begin(header) }
    return rows
  }

  /// Waits up to a second: a program that another thread of this process starts holds a copy of every open file until
  /// it has closed them.
  /// - Returns: false if another process keeps the file; true as well where files cannot be locked.
  private static func lock(_ descriptor: Int32) -> Bool {
    for _ in 0..<20 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return true }
      usleep(50_000)
    }
    return false
  }

  private init(path: String, rowCount: Int, startedAnew: Bool, descriptor: Int32, rowByteCount: Int) {
    (self.path, self.rowCount, self.startedAnew) = (path, rowCount, startedAnew)
    (self.descriptor, self.rowByteCount) = (descriptor, rowByteCount)
  }

  deinit { close(descriptor) }

  mutating func append(_ rows: UnsafeRawBufferPointer) throws(PackingError) {
    let code = writeAll(descriptor, rows, at: offset(of: rowCount))
    guard code == 0 else { throw PackingError(file: path, String(cString: strerror(code))) }
    rowCount += rows.count / rowByteCount
  }

  func read(_ rows: Range<Int>) throws(PackingError) -> [UInt8] {
    precondition(rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
    let byteCount = rows.count * rowByteCount
    let (path, descriptor, offset) = (path, descriptor, offset(of: rows.lowerBound))
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      code = readAll(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: offset, &count)
    }
    guard code == 0 else { throw PackingError(file: path, String(cString: strerror(code))) }
    guard bytes.count == byteCount else { throw PackingError(file: path, "the file became shorter while it was read") }
    return bytes
  }

  /// Deletes the file, whose rows are no longer needed.
  consuming func remove() { unlink(path) }

  private func offset(of row: Int) -> Int { Self.headerByteCount + row * rowByteCount }

  private func begin(_ header: [UInt8]) throws(PackingError) {
    guard ftruncate(descriptor, 0) == 0 else { throw .system(path) }
    let code = header.withUnsafeBytes { writeAll(descriptor, $0, at: 0) }
    guard code == 0 else { throw PackingError(file: path, String(cString: strerror(code))) }
  }

  private static func readHeader(_ descriptor: Int32, _ path: String) throws(PackingError) -> [UInt8] {
    var code: Int32 = 0
    let header = [UInt8](unsafeUninitializedCapacity: headerByteCount) { buffer, count in
      code = readAll(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: 0, &count)
    }
    guard code == 0 else { throw PackingError(file: path, String(cString: strerror(code))) }
    return header
  }
}
