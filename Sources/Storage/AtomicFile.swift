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
    let temporaryPath = temporaryName(beside: target)
    let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
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
    try AtomicFile.synchronise(temporaryPath, naming: target)
    try AtomicFile.checkTarget(target, replacing: replacing)
    guard rename(temporaryPath, target) == 0 else { throw .system("rename", path: target, code: errno) }
    try AtomicFile.synchronise(AtomicFile.directory(of: target), naming: target)
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

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func temporaryName(beside target: String) -> String {
    let name = target.split(separator: "/").last.map { String($0) } ?? ""
    let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return directory(of: target) + "/.\(name).\(getpid())-\(suffix)\(temporarySuffix)"
  }

  /// Whether `name` is one that `temporaryName` gives.
  static func isTemporaryName(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(temporarySuffix) }

  private static let temporarySuffix = ".partial"

  /// Some file systems cannot synchronise a directory and say `EINVAL`; there is nothing more to do on those.
  static func synchronise(_ path: String, naming target: String) throws(StorageError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path: target, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw .system("fsync", path: target, code: errno) }
  }
}

/// Replaces the file at `path` by these bytes, entirely or not at all.
package func writeAtomically(bytes: some Collection<UInt8>, to path: String) throws {
  try writeAtomically(to: path) { descriptor in
    let code = write(Array(bytes), to: descriptor)
    guard code == 0 else { throw StorageError.system("write", path: path, code: code) }
  }
}

/// Writes everything, however many calls that takes. Returns 0 or an `errno` value.
private func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
  bytes.withUnsafeBytes { bytes in
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else { return errno }
      rest = rest.dropFirst(written)
    }
    return 0
  }
}
