import Glibc

/// Replaces the file at `path` by what `body` writes to a descriptor, entirely or not at all.
package func writeAtomically(to path: String, _ body: (_ descriptor: Int32) throws -> Void) throws {
  let aside = try AtomicFile.begin(target: path)
  let descriptor = open(aside.temporaryPath, O_WRONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw StorageError.system("open", path: path, code: errno) }
  // Says that someone is writing: see `removeAbandonedFiles`. Not every file system has locks.
  _ = flock(descriptor, LOCK_EX | LOCK_NB)
  do {
    try body(descriptor)
  } catch {
    close(descriptor)
    throw error
  }
  guard close(descriptor) == 0 else { throw StorageError.system("close", path: path, code: errno) }
  try aside.commit()
}

/// Makes `path` a symbolic link to `target`, replacing a link that is there at once.
package func linkAtomically(_ path: String, to target: String) throws(StorageError) {
  let aside = path + ".partial"
  unlink(aside)
  guard symlink(target, aside) == 0 else { throw .system("symlink", path: path, code: errno) }
  guard rename(aside, path) == 0 else { throw .system("rename", path: path, code: errno) }
  try AtomicFile.synchronise(AtomicFile.directory(of: path), naming: path)
}

/// Removes what `writeAtomically` left in a directory when its process was killed. A file that someone is writing is
/// locked and stays, as does every file where the file system has no locks.
package func removeAbandonedFiles(in directory: String) {
  guard let stream = opendir(directory) else { return }
  defer { closedir(stream) }
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
    }
    guard AtomicFile.isTemporaryName(name) else { continue }
    let path = "\(directory)/\(name)"
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { continue }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
    close(descriptor)
  }
}
