internal import Foundation
internal import Storage

/// A file that grows record by record. Records that cannot be written wait in memory, in order.
final class AppendOnlyFile {
  private let path: String
  /// Negative while the file is not open.
  private var descriptor: Int32 = -1
  /// Bytes of the file's records. Whatever a full disk leaves behind them is no record.
  private var length: Int
  private var bytes: [UInt8] = []

  /// Records that could not be written yet.
  private(set) var waiting = 0

  /// - Parameter length: of what the file holds already, which is kept.
  init(path: String, length: Int) { (self.path, self.length) = (path, length) }

  deinit { close() }

  /// Appends a record.
  /// - Throws: `StorageError` when it cannot be written; it then waits for the next call of this or of `flush`.
  func append(_ record: [UInt8]) throws {
    bytes += record
    waiting += 1
    try flush()
  }

  /// Writes the waiting records: all of them or none.
  /// - Throws: `StorageError` when that is not possible.
  func flush() throws {
    guard waiting > 0 else { return }
    if descriptor < 0 { try open() }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + written, $0.count - written, off_t(length + written))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw abandon(code: errno) }
      written += count
    }
    length += written
    bytes.removeAll(keepingCapacity: true)
    waiting = 0
  }

  private func open() throws(StorageError) {
    descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("open", path: path, code: errno) }
    // The file may have been removed.
    length = min(length, Int(lseek(descriptor, 0, SEEK_END)))
  }

  /// Truncates a torn record and closes the file: it may be reopened on a file system that was mounted again.
  private func abandon(code: Int32) -> StorageError {
    _ = ftruncate(descriptor, off_t(length))
    close()
    return .system("write", path: path, code: code)
  }

  private func close() {
    if descriptor >= 0 { _ = Foundation.close(descriptor) }
    descriptor = -1
  }
}
