import Foundation
import Storage
import Testing

/// A directory of one test, removed with it.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/mhvae-storage-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Inverts one byte in the first place where `pattern` lies in the file.
func damage(_ pattern: [UInt8], in path: String) throws {
  var data = try Data(contentsOf: URL(fileURLWithPath: path))
  let place = try #require(data.range(of: Data(pattern)), "the pattern is not in the file")
  data[place.lowerBound] ^= 0xFF
  try data.write(to: URL(fileURLWithPath: path))
}

/// The `StorageError` which `body` must throw.
func storageError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> StorageError {
  try #require(#expect(throws: StorageError.self, sourceLocation: sourceLocation, performing: body))
}
