internal import Foundation
internal import Glibc

/// The files under `/proc` and `/sys` in which Linux tells what it has. Tests bring their own.
package struct SystemFiles {
  /// The text of a file; nil if it cannot be read.
  package let read: (_ path: String) -> String?

  package init(_ read: @escaping (_ path: String) -> String?) { self.read = read }

  /// Those of this machine.
  package static var real: SystemFiles {
    SystemFiles { path in
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      defer { close(file) }
      return readAll(file).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// Everything until the end of a file; nil on an error.
  ///
  /// Linux gives long files under `/proc` a page at a time. Foundation takes the first page for the whole file.
  private static func readAll(_ file: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      var count = 0
      let page = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, used in
        count = Glibc.read(file, buffer.baseAddress, buffer.count)
        used = max(count, 0)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      guard count > 0 else { return bytes }
      bytes += page
    }
  }

  /// The value behind `key:` in a file of such lines.
  func value(_ key: String, in path: String) -> String? {
    read(path)?.split(separator: "\n").lazy.compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmed == key else { return nil }
      return parts[1].trimmed
    }.first
  }

  /// The number that is all a file holds.
  func number(_ path: String) -> Int? { read(path).flatMap { Int($0[...].trimmed) } }
}

extension Substring {
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
