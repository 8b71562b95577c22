import Foundation

/// A regular file, read from its beginning.
struct FileInput: ~Copyable {
  /// The size it had when it was opened.
  let byteCount: Int
  private let descriptor: Int32

  static func open(_ path: String) throws(SafeTensorsError) -> FileInput {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError("cannot open") }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    let input = FileInput(byteCount: Int(status.st_size), descriptor: descriptor)
    guard isKnown else { throw systemError("cannot examine") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw SafeTensorsError("not a regular file") }
    return input
  }

  private init(byteCount: Int, descriptor: Int32) { (self.byteCount, self.descriptor) = (byteCount, descriptor) }

  deinit { close(descriptor) }

  /// The next `count` bytes.
  func read(_ count: Int) throws(SafeTensorsError) -> [UInt8] {
    var failure: SafeTensorsError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let found = Foundation.read(descriptor, buffer.baseAddress! + filled, count - filled)
        if found < 0, errno == EINTR { continue }
        if found < 0 { failure = systemError("cannot read") }
        if found <= 0 { return }
        filled += found
      }
    }
    if let failure { throw failure }
    guard bytes.count == count else { throw SafeTensorsError("the file became shorter while it was read") }
    return bytes
  }
}

/// The system's words for the call that just failed.
func systemError(_ what: String) -> SafeTensorsError {
  SafeTensorsError("\(what): \(String(cString: strerror(errno)))")
}
