internal import Foundation
internal import Storage

/// A file of JSON lines that grows while training goes on.
package final class MetricsLog {
  private let path: String
  private let handle: FileHandle

  /// Opens the file for appending. Lines that `isStale` accepts are removed first, so that a resumed run has each
  /// epoch once.
  package init(path: String, isStale: ([String: Any]) -> Bool) throws {
    self.path = path
    let old = try Self.contents(path)
    let kept = old.split(separator: UInt8(ascii: "\n")).filter { line in
      // A line that was cut short by a crash is stale too.
      guard let record = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else { return false }
      return !isStale(record)
    }
    try writeAtomically(bytes: kept.flatMap { $0 + [UInt8(ascii: "\n")] }, to: path)
    guard let handle = FileHandle(forWritingAtPath: path) else { throw TrainingError("cannot write \(path)") }
    handle.seekToEndOfFile()
    self.handle = handle
  }

  deinit { try? handle.close() }

  /// Only a file that is not there counts as empty: one that cannot be read must not be replaced.
  private static func contents(_ path: String) throws(TrainingError) -> Data {
    guard FileManager.default.fileExists(atPath: path) else { return Data() }
    guard let data = FileManager.default.contents(atPath: path) else { throw TrainingError("cannot read \(path)") }
    return data
  }

  /// Appends one record as one line.
  package func append(_ record: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      try handle.write(contentsOf: try encoder.encode(record) + Data([UInt8(ascii: "\n")]))
    } catch {
      throw TrainingError("cannot write \(path): \(error.localizedDescription)")
    }
  }
}
