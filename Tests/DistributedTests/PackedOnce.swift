import Foundation
import Synchronization

/// Packed files of which every test gets a copy of its own, each made once for all tests of this process.
enum PackedOnce {
  private static let files = Mutex<[String: Data]>([:])

  /// Writes a file to `path`.
  /// - Parameter make: makes it there the first time that its name is asked for.
  static func write(_ name: String, to path: String, make: () throws -> Void) throws {
    try files.withLock { files in
      if let content = files[name] { return try content.write(to: URL(filePath: path)) }
      try make()
      files[name] = try Data(contentsOf: URL(filePath: path))
    }
  }
}
