internal import Foundation
internal import Glibc

/// Files of shared memory that MPI removes when a rank ends, but not when it is killed.
package enum SharedLeftovers {
  /// How Open MPI 4 and 5 name them.
  private static let prefixes = ["vader_segment.", "osc_sm.", "sm_segment.", "osc_rdma."]

  /// The bytes in files of this user that no process maps.
  ///
  /// Processes of other users cannot be asked, but their files are not this user's. Those of other containers cannot
  /// either.
  /// - Parameter directory: where windows live.
  package static func bytes(in directory: String = "/dev/shm") -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let files = names.filter { name in prefixes.contains(where: name.hasPrefix) }.map { "\(directory)/\($0)" }
    guard !files.isEmpty else { return 0 }
    let used = mappedFiles(below: directory)
    return files.filter { !used.contains($0) }.reduce(0) { $0 + ownBytes($1) }
  }

  /// What the file takes; 0 if it is somebody else's.
  private static func ownBytes(_ path: String) -> Int {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_uid == getuid() else { return 0 }
    return Int(status.st_blocks) * 512
  }

  /// Files that any process maps, as far as this user may know.
  private static func mappedFiles(below directory: String) -> Set<String> {
    let processes = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
    var used: Set<String> = []
    for process in processes {
      for line in SystemFiles.real.read("/proc/\(process)/maps")?.split(separator: "\n") ?? [] {
        if let start = line.range(of: "\(directory)/")?.lowerBound { used.insert(String(line[start...])) }
      }
    }
    return used
  }
}
