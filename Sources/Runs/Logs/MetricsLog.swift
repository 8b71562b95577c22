internal import Foundation
internal import Storage

/// A file of JSON lines that grows during training. Lines that cannot be written wait in memory, in order.
package final class MetricsLog: RunLog {
  private let file: AppendOnlyFile
  private let name: String

  /// Damaged lines of an earlier session that were left out, besides a last one that a crash cut short.
  let droppedLines: Int

  /// Lines that could not be written yet.
  package var waitingLines: Int { file.waiting }

  var waiting: String? { waitingLines > 0 ? "\(waitingLines) lines of \(name)" : nil }

  private static let newline = UInt8(ascii: "\n")

  /// Opens the file for appending. Lines at its end that `isStale` accepts are removed first, so that a resumed
  /// run has each epoch once.
  package init(path: String, isStale: ([String: Any]) -> Bool) throws {
    let lines = try Self.contents(path).split(separator: Self.newline)
    // Without parsing all of a file that may have millions of lines: what is stale is at its end.
    let isWhole = { (line: Data) in line.first == UInt8(ascii: "{") && line.last == UInt8(ascii: "}") }
    droppedLines = lines.dropLast().count { !isWhole($0) }
    var kept = lines.filter(isWhole)[...]
    // A line that was cut short by a crash is stale too.
    while let line = kept.last, Self.record(line).map(isStale) ?? true { kept.removeLast() }
    let bytes = kept.flatMap { $0 + [Self.newline] }
    try writeAtomically(bytes: bytes, to: path)
    file = AppendOnlyFile(path: path, length: bytes.count)
    name = URL(filePath: path).lastPathComponent
  }

  /// The number of lines of such a file; 0 when there is none.
  /// - Throws: `RunError` when it cannot be read.
  static func recordCount(_ path: String) throws(RunError) -> Int { try contents(path).count { $0 == newline } }

  private static func record(_ line: Data) -> [String: Any]? {
    (try? JSONSerialization.jsonObject(with: line)) as? [String: Any]
  }

  /// Only a file that is not there counts as empty: one that cannot be read must not be replaced.
  private static func contents(_ path: String) throws(RunError) -> Data {
    guard FileManager.default.fileExists(atPath: path) else { return Data() }
    guard let data = FileManager.default.contents(atPath: path) else { throw RunError("cannot read \(path)") }
    return data
  }

  /// Appends one record as one line.
  /// - Throws: `StorageError` when it cannot be written; it then waits for the next call of this or of `flush`.
  package func append(_ record: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    try file.append(try encoder.encode(record) + [UInt8(ascii: "\n")])
  }

  func flush() throws { try file.flush() }
}
