internal import Foundation
internal import Storage

/// A file of JSON lines that grows while training goes on. What cannot be written waits in memory, in its order.
package final class MetricsLog {
  private let path: String
  /// Negative while the file is not open.
  private var descriptor: Int32 = -1
  /// Bytes of the file's lines. Whatever a full disk leaves behind them is no line.
  private var length: Int
  private var waiting: [UInt8] = []

  /// Lines that could not be written yet.
  package var waitingLines: Int { waiting.count { $0 == UInt8(ascii: "\n") } }

  /// Opens the file for appending. Lines that `isStale` accepts are removed first, so that a resumed run has each
  /// epoch once.
  package init(path: String, isStale: ([String: Any]) -> Bool) throws {
    self.path = path
    let old = try Self.contents(path)
    let kept = old.split(separator: UInt8(ascii: "\n")).filter { line in
      // A line that was cut short by a crash is stale too.
      guard let record = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else { return false }
      return !isStale(record)
    }
    let bytes = kept.flatMap { $0 + [UInt8(ascii: "\n")] }
    try writeAtomically(bytes: bytes, to: path)
    length = bytes.count
  }

  deinit { close() }

  /// Only a file that is not there counts as empty: one that cannot be read must not be replaced.
  private static func contents(_ path: String) throws(TrainingError) -> Data {
    guard FileManager.default.fileExists(atPath: path) else { return Data() }
    guard let data = FileManager.default.contents(atPath: path) else { throw TrainingError("cannot read \(path)") }
    return data
  }

  /// Appends one record as one line.
  /// - Throws: `StorageError` when it cannot be written; it then waits for the next call of this or of `flush`.
  package func append(_ record: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    waiting += try encoder.encode(record) + [UInt8(ascii: "\n")]
    try flush()
  }

  /// Writes what waits: all of it or nothing.
  /// - Throws: `StorageError` when that is not possible.
  package func flush() throws {
    guard !waiting.isEmpty else { return }
    if descriptor < 0 { try open() }
    var written = 0
    while written < waiting.count {
      let count = waiting.withUnsafeBytes { bytes in
        pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(length + written))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw giveUp(code: errno) }
      written += count
    }
    length += written
    waiting.removeAll(keepingCapacity: true)
  }

  private func open() throws(StorageError) {
    descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("open", path: path, code: errno) }
    // Someone may have taken the file away.
    length = min(length, Int(lseek(descriptor, 0, SEEK_END)))
  }

  /// Takes back half a line, and closes the file: the next one may be on a file system that came back.
  private func giveUp(code: Int32) -> StorageError {
    _ = ftruncate(descriptor, off_t(length))
    close()
    return .system("write", path: path, code: code)
  }

  private func close() {
    if descriptor >= 0 { _ = Foundation.close(descriptor) }
    descriptor = -1
  }
}
