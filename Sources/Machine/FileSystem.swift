internal import Glibc

/// A kind of file system that several hosts share, and on which HDF5's locks often fail.
package enum FileSystem: String, Codable, Sendable {
  case nfs = "NFS"
  case lustre = "Lustre"
  case gpfs = "GPFS"
  case beeGFS = "BeeGFS"
  case smb = "SMB"

  /// - Parameter type: as Linux names it in `/proc/self/mountinfo`.
  init?(type: some StringProtocol) {
    switch type {
    case "nfs", "nfs4": self = .nfs
    case "lustre": self = .lustre
    case "gpfs": self = .gpfs
    case "beegfs": self = .beeGFS
    case "cifs", "smb3": self = .smb
    default: return nil
    }
  }

  /// The one that holds `path`, which need not be there yet.
  package init?(holding path: String, _ files: SystemFiles = .real) {
    let place = Self.absolute(path)
    var found: (length: Int, type: Substring)?
    for line in files.read("/proc/self/mountinfo")?.split(separator: "\n") ?? [] {
      // 36 35 98:0 /root /mount/point options [more ...] - type source options
      let words = line.split(separator: " ")
      guard words.count > 4, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
      let point = words[4] == "/" ? "/" : "\(words[4])/"
      // Of several mounts on one point the last is seen.
      if "\(place)/".hasPrefix(point), point.count >= found?.length ?? 0 { found = (point.count, words[dash + 1]) }
    }
    guard let found else { return nil }
    self.init(type: found.type)
  }

  /// Without symbolic links, as far as the path exists.
  private static func absolute(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    guard let last = parts.last else { return "/" }
    let folder = (path.hasPrefix("/") ? "/" : "./") + parts.dropLast().joined(separator: "/")
    return folder == "/" ? "/\(last)" : "\(absolute(folder))/\(last)"
  }
}
