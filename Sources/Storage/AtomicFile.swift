import Glibc

/// A file written aside and put in place when complete: whoever opens the target sees the old file or the new one,
/// never half of one. Dropping it without `commit()` removes the temporary.
package struct AtomicFile: ~Copyable {
  /// Where the file will be.
  package let target: String
  /// Where it is written: beside the target, since a rename does not cross file systems.
  package let temporaryPath: String
  private let replacing: Bool

  /// Creates an empty temporary file, so that a missing directory or permission shows before the work is done.
  /// - Parameter replacing: whether a file at `target` may be replaced.
  package static func begin(target: String, replacing: Bool = true) throws(StorageError) -> AtomicFile {
    try checkTarget(target, replacing: replacing)
    let temporaryPath = TemporaryName(beside: target).path
    let descriptor = uninterrupted { open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw .system("open", path: target, code: errno) }
    close(descriptor)
    return AtomicFile(target: target, temporaryPath: temporaryPath, replacing: replacing)
  }

  private init(target: String, temporaryPath: String, replacing: Bool) {
    (self.target, self.temporaryPath, self.replacing) = (target, temporaryPath, replacing)
  }

  /// After a commit the name is gone and this does nothing.
  deinit { unlink(temporaryPath) }

  /// Forces the temporary to the disk and renames it to the target (`fsync`, `rename`, `fsync` of the directory).
  package consuming func commit() throws(StorageError) {
    try synchronize(temporaryPath, naming: target)
    try AtomicFile.checkTarget(target, replacing: replacing)
    guard move() == 0 else { throw .system("rename", path: target, code: errno) }
    try synchronizeDirectory(directory(of: target), naming: target)
  }

  private borrowing func move() -> Int32 {
    let (from, to) = (temporaryPath, target)
    guard !replacing else { return uninterrupted { rename(from, to) } }
    // Unlike a rename it never replaces. `deinit` removes the temporary name.
    let linked = uninterrupted { link(from, to) }
    guard linked < 0 else { return linked }
    let code = errno
    guard code == EEXIST else {
      // Where the file system has no hard links, what is there has just been looked for.
      return uninterrupted { rename(from, to) }
    }
    let descriptor = open(from, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    // The answer of a server may have been lost, and the call repeated.
    if hasOtherName(descriptor) { return 0 }
    errno = code
    return linked
  }

  /// Only a regular file is replaced, and only if asked.
  private static func checkTarget(_ target: String, replacing: Bool) throws(StorageError) {
    var status = stat()
    guard stat(target, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StorageError(.exists, path: target, "exists and is not a regular file", advice: "Name another file")
    }
    guard replacing else { throw StorageError(.exists, path: target, "the file exists already") }
  }
}

/// The name of a temporary file: `.NAME.PID-HEX.partial` beside NAME.
package struct TemporaryName {
  package let path: String

  package init(beside target: String) {
    let name = target.split(separator: "/").last.map { String($0) } ?? ""
    let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    path = directory(of: target) + "/.\(name).\(getpid())-\(suffix).partial"
  }

  /// Whether a file's name is one that this program gives.
  static func matches(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].isEmpty, parts.last == "partial" else { return false }
    let numbers = parts[parts.count - 2].split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2 && Int32(numbers[0]) != nil && UInt32(numbers[1], radix: 16) != nil
  }
}

/// Replaces the file at `path` by these bytes, entirely or not at all.
package func writeAtomically(bytes: some Collection<UInt8>, to path: String) throws {
  try writeAtomically(to: path) { descriptor in try writeAll(Array(bytes), to: descriptor, naming: path) }
}
