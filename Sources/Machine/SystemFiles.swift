internal import Foundation

/// The files under `/proc` and `/sys` in which Linux tells what it has. Tests bring their own.
package struct SystemFiles {
  /// The text of a file; nil if it cannot be read.
  package let read: (_ path: String) -> String?

  package init(_ read: @escaping (_ path: String) -> String?) { self.read = read }

  /// Those of this machine.
  package static var real: SystemFiles {
    SystemFiles { FileManager.default.contents(atPath: $0).map { String(decoding: $0, as: UTF8.self) } }
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
