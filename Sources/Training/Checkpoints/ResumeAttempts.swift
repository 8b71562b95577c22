internal import Foundation
internal import Storage

/// How many runs went on from a checkpoint and died before they had taken a step, in a small file beside them.
///
/// One from which run after run dies is passed over. Runs that die later do not count: the same would happen again from
/// an older one. Reads and writes the file every time: it is there only between the start of a resumed run and its
/// first step.
package struct ResumeAttempts: Sendable {
  /// Runs that may die.
  package static let limit = 3
  private let path: String

  package init(path: String) { self.path = path }

  /// By name of the checkpoint. A file that cannot be read says nothing.
  private var counts: [String: Int] {
    guard let data = FileManager.default.contents(atPath: path) else { return [:] }
    return (try? JSONDecoder().decode([String: Int].self, from: data)) ?? [:]
  }

  package func isExhausted(_ place: CheckpointPlace) -> Bool { counts[place.fileName, default: 0] >= Self.limit }

  /// A run goes on from a checkpoint.
  package func begin(_ place: CheckpointPlace) throws {
    var counts = counts
    counts[place.fileName, default: 0] += 1
    try write(counts)
  }

  /// A step has been taken from a checkpoint, or it has been written: neither it nor older ones need to be counted.
  package func forget(upTo place: CheckpointPlace) throws {
    let counts = counts
    let left = counts.filter { name, _ in CheckpointPlace(fileName: name).map { $0 > place } ?? false }
    if left != counts { try write(left) }
  }

  private func write(_ counts: [String: Int]) throws {
    guard !counts.isEmpty else { return try FileManager.default.removeItem(atPath: path) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try writeAtomically(bytes: Array(try encoder.encode(counts)), to: path)
  }
}
