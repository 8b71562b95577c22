import Glibc

/// Replaces the file at `path` by what `body` writes to a descriptor, entirely or not at all.
package func writeAtomically(to path: String, _ body: (_ descriptor: Int32) throws -> Void) throws {
  let aside = try AtomicFile.begin(target: path)
  let temporaryPath = aside.temporaryPath
  let descriptor = uninterrupted { open(temporaryPath, O_WRONLY | O_CLOEXEC) }
  guard descriptor >= 0 else { throw StorageError.system("open", path: path, code: errno) }
  // Open, and so locked, until the file has its name.
  defer { close(descriptor) }
  // Says that someone is writing: see `removeAbandonedFiles`. Not every file system has locks.
  _ = flock(descriptor, LOCK_EX | LOCK_NB)
  try body(descriptor)
  // Errors of earlier writes show on the descriptor that wrote.
  try synchronize(descriptor, naming: path)
  try aside.commit()
}

/// Makes `path` a symbolic link to `target`, replacing a link that is there at once.
/// - Returns: whether there is a link now: not every file system has them. One that could not be replaced is removed, so
///   that it does not lead to the wrong file.
@discardableResult
package func linkAtomically(_ path: String, to target: String) throws(StorageError) -> Bool {
  let aside = path + ".partial"
  unlink(aside)
  guard uninterrupted({ symlink(target, aside) }) == 0 else {
    guard [EPERM, EOPNOTSUPP, ENOSYS, EINVAL].contains(errno) else { throw .system("symlink", path: path, code: errno) }
    unlink(path)
    return false
  }
  guard uninterrupted({ rename(aside, path) }) == 0 else { throw .system("rename", path: path, code: errno) }
  try synchronizeDirectory(directory(of: path), naming: path)
  return true
}

/// Seconds after which a temporary file counts as abandoned where the file system has no locks.
private let abandonedAge = 86_400

/// Removes what `writeAtomically` left in a directory when its process was killed. A file that someone is writing is
/// locked and stays; where the file system has no locks, files of the last day stay.
/// - Parameter isExclusive: nobody else writes here: every such file is abandoned.
package func removeAbandonedFiles(in directory: String, isExclusive: Bool = false) {
  for name in (try? fileNames(in: directory)) ?? [] where TemporaryName.matches(name) {
    let path = "\(directory)/\(name)"
    if isExclusive || isAbandoned(path) { unlink(path) }
  }
}

private func isAbandoned(_ path: String) -> Bool {
  let descriptor = open(path, O_RDWR | O_CLOEXEC)
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
  guard errno != EWOULDBLOCK else { return false }
  var status = stat()
  return fstat(descriptor, &status) == 0 && time(nil) - status.st_mtim.tv_sec > abandonedAge
}
