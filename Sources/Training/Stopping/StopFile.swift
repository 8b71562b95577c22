internal import Glibc

/// The file STOP as a session finds it when it begins. It stopped the session before, and has kept wrapper scripts from
/// starting another; one that comes later is meant for this session.
package struct StopFile {
  private let path: String
  private let found: Identity?

  /// Tells a file from another of the same name.
  private struct Identity: Equatable {
    let device: UInt
    let inode: UInt
    /// Of the last change, in seconds and nanoseconds.
    let change: [Int]

    init?(_ path: String) {
      var status = stat()
      guard lstat(path, &status) == 0 else { return nil }
      (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
      change = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }
  }

  /// To be called as early as possible.
  package init(_ path: String) { (self.path, found) = (path, Identity(path)) }

  /// Removes the file, if it is still the one that was found.
  /// - Throws: `TrainingError` when it cannot be removed: every session would end at once.
  package func remove() throws(TrainingError) {
    guard let found, Identity(path) == found, unlink(path) != 0, errno != ENOENT else { return }
    throw TrainingError(
      "\(path) stops every session and cannot be removed: \(String(cString: strerror(errno))). Remove it by hand")
  }
}
