import Glibc

/// All bytes of a regular file (`open`, `read`).
func readFile(_ path: String) throws(PackingError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .system(path) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .system(path) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw PackingError(file: path, "not a regular file") }
  var code: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
    code = readAll(descriptor, into: UnsafeMutableRawBufferPointer(buffer), at: 0, &count)
  }
  guard code == 0 else { throw PackingError(file: path, String(cString: strerror(code))) }
  return bytes
}

/// Fills `buffer` from `offset` of a file, or as much of it as there is (`pread`). Returns 0 or an `errno` value.
func readAll(
  _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int, _ count: inout Int
) -> Int32 {
  count = 0
  while count < buffer.count {
    let found = pread(
      descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count, off_t(offset + count))
    if found < 0 && errno == EINTR { continue }
    guard found >= 0 else { return errno }
    if found == 0 { break }
    count += found
  }
  return 0
}

/// Writes all of `bytes` at `offset` of a file (`pwrite`). Returns 0 or an `errno` value.
func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
  var count = 0
  while count < bytes.count {
    let written = pwrite(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count, off_t(offset + count))
    if written < 0 && errno == EINTR { continue }
    guard written >= 0 else { return errno }
    count += written
  }
  return 0
}

/// Replaces a file by these bytes.
func writeFile(_ bytes: [UInt8], _ path: String) throws(PackingError) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw .system(path) }
  let code = bytes.withUnsafeBytes { writeAll(descriptor, $0, at: 0) }
  guard close(descriptor) == 0, code == 0 else {
    throw PackingError(file: path, String(cString: strerror(code == 0 ? errno : code)))
  }
}

extension PackingError {
  /// The operating system's words for the call on `path` that just failed.
  static func system(_ path: String) -> PackingError { PackingError(file: path, String(cString: strerror(errno))) }
}
