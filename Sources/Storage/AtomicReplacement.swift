import Glibc

/// Replaces the file at `path` by what `body` writes to a descriptor, entirely or not at all.
package func writeAtomically(to path: String, _ body: (_ descriptor: Int32) throws -> Void) throws {
  let aside = try AtomicFile.begin(target: path)
  let descriptor = open(aside.temporaryPath, O_WRONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw StorageError.system("open", path: path, code: errno) }
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
