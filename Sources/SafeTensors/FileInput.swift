import Foundation

/// The bytes of a file, read once.
func contentsOfFile(_ path: String) throws(SafeTensorsError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw systemError("cannot open") }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw systemError("cannot examine") }
  guard status.st_mode & S_IFMT == S_IFREG else { throw SafeTensorsError("not a regular file") }
  return try readAll(descriptor, byteCount: Int(status.st_size))
}

private func readAll(_ descriptor: Int32, byteCount: Int) throws(SafeTensorsError) -> [UInt8] {
  var failure: SafeTensorsError?
  let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
    while filled < byteCount {
      let count = read(descriptor, buffer.baseAddress! + filled, byteCount - filled)
      if count < 0, errno == EINTR { continue }
      if count < 0 { failure = systemError("cannot read") }
      if count <= 0 { return }
      filled += count
    }
  }
  if let failure { throw failure }
  return bytes
}

/// The system's words for the call that just failed.
func systemError(_ what: String) -> SafeTensorsError {
  SafeTensorsError("\(what): \(String(cString: strerror(errno)))")
}
