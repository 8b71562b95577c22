internal import Foundation
internal import Hashing
internal import Storage

/// What is computed so far, in a file beside the output: a header that says of what, then a record for each unit with its
/// SHA-256, in order. It grows by whole records, so that a kill loses no more than the one that is being written.
final class RecordFile: UnitRecords {
  static let digestByteCount = 32

  let path: String
  private let output: String
  private let descriptor: Int32
  private let headerByteCount: Int
  private let order: UnitOrder
  /// Records that are there.
  private(set) var unitCount = 0

  /// Where the records of an output are kept.
  static func path(besides output: String) -> String { output + ".progress" }

  /// What to do with records that are there already.
  enum Mode {
    /// They are an error.
    case new
    /// They are gone on with.
    case continuing
    /// They are thrown away.
    case replacing
  }

  /// - Parameter header: of the same bytes if what is computed is the same.
  /// - Throws: `EvaluationError` when the file is of something else, or of a process that writes it; `StorageError` when
  ///   it cannot be read or written.
  init(besides output: String, header: Data, _ order: UnitOrder, _ mode: Mode) throws {
    (path, self.output, self.order) = (Self.path(besides: output), output, order)
    let path = path
    descriptor = uninterrupted { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw StorageError.system("open", path: path, code: errno) }
    headerByteCount = header.count + 1
    // Not every file system has locks.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw EvaluationError("another process writes \(path); wait for it, or name another file with --output")
    }
    if mode == .replacing { try truncate(to: 0) }
    let length = Int(lseek(descriptor, 0, SEEK_END))
    guard length > 0 else {
      try append(Array(header) + [UInt8(ascii: "\n")], at: 0)
      return
    }
    guard mode == .continuing else {
      throw EvaluationError(
        "\(path) holds what an earlier command has computed: go on with --continue, or remove it to begin anew")
    }
    guard length >= headerByteCount, try Data(read(0..<headerByteCount)) == header + [UInt8(ascii: "\n")] else {
      throw EvaluationError(
        "\(path) is of something else (another checkpoint, other data, rows, samples, draws, seed or modalities); remove "
          + "it to begin anew")
    }
    unitCount = order.unitCount(inBytes: length - headerByteCount)
    while unitCount > 0, !(try isWhole(unitCount - 1)) { unitCount -= 1 }
    try truncate(to: headerByteCount + order.offset(of: unitCount))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Adds the record of the next unit.
  func append(_ record: [UInt8]) throws {
    try append(record + SHA256.digest(of: record), at: headerByteCount + order.offset(of: unitCount))
    unitCount += 1
  }

  /// Part of a unit's record.
  /// - Parameter range: bytes of the record.
  func read(unit: Int, _ range: Range<Int>) throws(StorageError) -> [UInt8] {
    let start = headerByteCount + order.offset(of: unit)
    return try read(start + range.lowerBound..<start + range.upperBound)
  }

  /// Whether a record is as it was written.
  func isWhole(_ unit: Int) throws(StorageError) -> Bool {
    let end = order.offset(of: unit + 1) - order.offset(of: unit)
    let bytes = try read(unit: unit, 0..<end)
    return SHA256.digest(of: Array(bytes.dropLast(Self.digestByteCount))) == Array(bytes.suffix(Self.digestByteCount))
  }

  /// Removes the file: what it holds is in the output.
  func remove() { unlink(path) }

  private func append(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
    lseek(descriptor, off_t(offset), SEEK_SET)
    try writeAll(bytes, to: descriptor, naming: path)
  }

  private func truncate(to length: Int) throws(StorageError) {
    guard uninterrupted({ ftruncate(descriptor, off_t(length)) }) == 0 else {
      throw .system("ftruncate", path: path, code: errno)
    }
  }

  private func read(_ range: Range<Int>) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    let code: Int32 = bytes.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = uninterrupted {
          pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(range.lowerBound + done))
        }
        guard count > 0 else { return count < 0 ? errno : EIO }
        done += count
      }
      return 0
    }
    guard code == 0 else { throw .system("read", path: path, code: code) }
    return bytes
  }
}
