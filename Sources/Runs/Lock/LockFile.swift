internal import Foundation
internal import Storage

/// The file of a lock: a line with its owner, and a line with a number that the owner counts up while it lives.
struct LockFile {
  let path: String

  /// What the file holds at one moment.
  struct Content: Equatable {
    let text: String
    /// Nil while the file is being created, or when something else has been written to it.
    let owner: LockOwner?
  }

  /// - Returns: nil when there is no file.
  /// - Throws: `StorageError` when it cannot be read.
  func read() throws(StorageError) -> Content? {
    let descriptor = uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .system("open", path: path, code: errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = uninterrupted { Foundation.read(descriptor, &bytes, bytes.count) }
    guard count >= 0 else { throw .system("read", path: path, code: errno) }
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    let line = text.split(separator: "\n").first ?? ""
    return Content(text: text, owner: try? JSONDecoder().decode(LockOwner.self, from: Data(line.utf8)))
  }

  /// Creates the file, if there is none.
  /// - Returns: its descriptor; nil when there is one already.
  /// - Throws: `StorageError` when it cannot be written.
  func create(_ owner: LockOwner) throws(StorageError) -> Int32? {
    let (aside, descriptor) = try writeAside(owner)
    defer { unlink(aside) }
    // Unlike a rename it replaces nothing, and unlike opening it shows the file complete.
    if uninterrupted({ link(aside, path) }) == 0 { return descriptor }
    let code = errno
    // The answer of a server may have been lost, and the call repeated.
    if code == EEXIST, hasOtherName(descriptor) { return descriptor }
    close(descriptor)
    guard code != EEXIST else { return nil }
    return try createInPlace(owner)
  }

  /// Puts a file of this owner in the place of the one that is there.
  /// - Returns: its descriptor.
  func replace(_ owner: LockOwner) throws(StorageError) -> Int32 {
    let (aside, descriptor) = try writeAside(owner)
    guard uninterrupted({ rename(aside, path) }) == 0 else {
      let code = errno
      unlink(aside)
      close(descriptor)
      throw .system("rename", path: path, code: code)
    }
    return descriptor
  }

  /// Shows that the owner lives.
  /// - Parameter descriptor: of the owner's file, which may no longer be the one at `path`.
  static func beat(_ descriptor: Int32, _ owner: LockOwner, count: Int) {
    let text = text(owner, beat: count)
    _ = pwrite(descriptor, text, text.utf8.count, 0)
    // Other hosts see what is on the server.
    _ = fdatasync(descriptor)
  }

  private static func text(_ owner: LockOwner, beat: Int) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let line = (try? encoder.encode(owner)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return "\(line)\nbeat \(beat.digits(10))\n"
  }

  private func writeAside(_ owner: LockOwner) throws(StorageError) -> (path: String, descriptor: Int32) {
    let aside = TemporaryName(beside: path).path
    return (aside, try write(owner, to: aside))
  }

  /// For file systems without hard links.
  private func createInPlace(_ owner: LockOwner) throws(StorageError) -> Int32? {
    do { return try write(owner, to: path) } catch  where error.kind == .exists { return nil }
  }

  private func write(_ owner: LockOwner, to file: String) throws(StorageError) -> Int32 {
    let descriptor = uninterrupted { open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw .system("open", path: path, code: errno) }
    let text = Self.text(owner, beat: 0)
    let written = uninterrupted { Foundation.write(descriptor, text, text.utf8.count) }
    guard written == text.utf8.count else {
      let code = written < 0 ? errno : ENOSPC
      unlink(file)
      close(descriptor)
      throw .system("write", path: path, code: code)
    }
    _ = fdatasync(descriptor)
    return descriptor
  }
}
