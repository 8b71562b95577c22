import Glibc

/// Repeats a system call that a signal interrupted.
/// - Parameter call: returns a negative number and sets `errno` when it fails.
package func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}

/// Writes everything at the place where a descriptor is, however many calls that takes.
/// - Throws: `StorageError`, naming `path`, when that fails.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32, naming path: String) throws(StorageError) {
  let code: Int32 = bytes.withUnsafeBytes { bytes in
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = uninterrupted { write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count) }
      guard written >= 0 else { return errno }
      rest = rest.dropFirst(written)
    }
    return 0
  }
  guard code == 0 else { throw .system("write", path: path, code: code) }
}

/// Forces the content of a file to the disk.
/// - Throws: `StorageError`, naming `target`, when that fails.
package func synchronize(_ path: String, naming target: String) throws(StorageError) {
  let descriptor = uninterrupted { open(path, O_RDONLY | O_CLOEXEC) }
  guard descriptor >= 0 else { throw .system("open", path: target, code: errno) }
  defer { close(descriptor) }
  try synchronize(descriptor, naming: target)
}

/// The same of an open file.
func synchronize(_ descriptor: Int32, naming target: String) throws(StorageError) {
  guard uninterrupted({ fsync(descriptor) }) == 0 || errno == EINVAL else {
    throw .system("fsync", path: target, code: errno)
  }
}

/// Forces the names in a directory to the disk. Some file systems cannot synchronise a directory, in words that differ,
/// or let it be written but not read; there is nothing more to do on those.
/// - Throws: `StorageError`, naming `target`, when the disk fails.
package func synchronizeDirectory(_ path: String, naming target: String) throws(StorageError) {
  let unsupported = [EINVAL, ENOTSUP, ENOSYS, EBADF, EACCES, EISDIR]
  let descriptor = uninterrupted { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  guard descriptor >= 0 else {
    guard unsupported.contains(errno) else { throw .system("open", path: target, code: errno) }
    return
  }
  defer { close(descriptor) }
  guard uninterrupted({ fsync(descriptor) }) == 0 || unsupported.contains(errno) else {
    throw .system("fsync", path: target, code: errno)
  }
}

/// Whether an open file has a second name: a hard link to it succeeded, whatever the call said.
package func hasOtherName(_ descriptor: Int32) -> Bool {
  var status = stat()
  return fstat(descriptor, &status) == 0 && status.st_nlink > 1
}

/// Whether there is something at `path`, and not a directory.
package func isFile(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
}

/// The directory that holds the file at `path`.
package func directory(of path: String) -> String {
  let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Names of the files in a directory; none when there is no such directory.
/// - Throws: `StorageError` when it cannot be read.
package func fileNames(in directory: String) throws(StorageError) -> [String] {
  guard let stream = opendir(directory) else {
    guard errno == ENOENT else { throw .system("opendir", path: directory, code: errno) }
    return []
  }
  defer { closedir(stream) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = readdir(stream) else { break }
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      })
  }
  guard errno == 0 else { throw .system("readdir", path: directory, code: errno) }
  return names
}
