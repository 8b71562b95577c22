import Foundation

/// The processes of this machine that were started with `argument` on their command line.
/// - Parameter variable: also with this in their environment, such as `OMPI_COMM_WORLD_RANK=1`.
package func processes(withArgument argument: String, variable: String? = nil) throws -> [Int32] {
  try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { process in
    strings("/proc/\(process)/cmdline").contains(argument)
      && (variable.map { strings("/proc/\(process)/environ").contains($0) } ?? true)
  }
}

/// Of a file with zero bytes in between; none if the process has gone.
private func strings(_ path: String) -> [String] {
  guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
  return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
}
