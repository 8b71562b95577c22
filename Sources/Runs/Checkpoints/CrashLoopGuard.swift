internal import Foundation
internal import Storage

/// Counts the sessions that resumed from a checkpoint and crashed within their first step, in a small file beside
/// the checkpoints.
///
/// A checkpoint with `limit` crashes is skipped. Sessions that crash later do not count: the same would happen again
/// from an older checkpoint. The file is made when the first step of a resumed session begins, and goes when it is over.
package struct CrashLoopGuard: Sendable {
  /// Crashes after which a checkpoint is skipped.
  package static let limit = 3
  private let path: String

  package init(path: String) { self.path = path }

  /// By file name of the checkpoint. A file that cannot be read counts as empty.
  private var counts: [String: Int] {
    guard let data = FileManager.default.contents(atPath: path) else { return [:] }
    return (try? JSONDecoder().decode([String: Int].self, from: data)) ?? [:]
  }

  package func isExhausted(_ id: CheckpointID) -> Bool { counts[id.fileName, default: 0] >= Self.limit }

  /// A session resumes from a checkpoint.
  package func begin(_ id: CheckpointID) throws {
    var counts = counts
    counts[id.fileName, default: 0] += 1
    try write(counts)
  }

  /// A step has been taken from a checkpoint, or it has just been written: resets the counts of it and of older ones.
  package func forget(upTo id: CheckpointID) throws {
    let counts = counts
    let left = counts.filter { name, _ in CheckpointID(fileName: name).map { $0 > id } ?? false }
    if left != counts { try write(left) }
  }

  private func write(_ counts: [String: Int]) throws {
    guard !counts.isEmpty else { return try FileManager.default.removeItem(atPath: path) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try writeAtomically(bytes: Array(try encoder.encode(counts)), to: path)
  }
}
