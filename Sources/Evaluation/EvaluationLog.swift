internal import Configuration
internal import Foundation
internal import Models
internal import Runs
internal import Storage

/// What an evaluation has estimated so far, in a file of JSON lines: one that is stopped goes on where it was.
///
/// The first line says what is evaluated; each following one holds some consecutive rows of one query.
package final class EvaluationLog {
  /// What is evaluated. Another model, other rows or other draws have other estimates.
  package struct Subject: Codable, Equatable, Sendable {
    /// SHA-256 of parameters and running statistics.
    let model: String
    let data: String
    let rows: Int
    let samples: Int
    let seed: UInt64
    /// See `Precision.mention`.
    let precision: String?
    /// SHA-256 of the mixture under which rows are estimated, too: fitted on another machine it may be another.
    let mixture: String?
    /// Given modalities and target sets of each query.
    let queries: [String]

    package init(
      _ evaluator: Evaluator, _ table: LikelihoodTable, data fingerprint: String, samples: Int,
      mixture: LatentMixture? = nil
    ) throws {
      model = evaluator.model.digest
      (data, rows, self.samples, seed) = (fingerprint, evaluator.rowCount, samples, evaluator.seed)
      precision = evaluator.model.precision.mention
      self.mixture = try mixture?.digest
      queries = table.queries.map { "\($0.given) \($0.targets)" }
    }
  }

  struct Entry: Codable, Equatable {
    let query: Int
    /// The first row.
    let row: Int
    let rows: Int
    /// Of each row, one estimate in nats for each target set, then those under a mixture, if there is one.
    let values: [Double]
  }

  /// What an earlier evaluation of the same subject has recorded.
  private(set) var entries: [Entry] = []
  /// Rows that it had done, over all queries.
  package var doneRows: Int {
    // After a continuation on other ranks some rows are there twice.
    var rows: [Int: IndexSet] = [:]
    for entry in entries where entry.row >= 0 && entry.rows > 0 && entry.row <= Int.max - entry.rows {
      rows[entry.query, default: IndexSet()].insert(integersIn: entry.row..<entry.row + entry.rows)
    }
    return rows.values.reduce(0) { $0 + $1.count }
  }
  /// Holds the lock of the file; negative where the file system has none.
  private var lock: Int32 = -1
  private let log: MetricsLog
  private let path: String
  private let warn: (String) -> Void
  private var hasFailed = false

  /// Where the progress of the evaluation is kept whose report goes to `report`.
  package static func path(besides report: String) -> String {
    (report.hasSuffix(".json") ? String(report.dropLast(5)) : report) + ".progress.jsonl"
  }

  /// - Parameters:
  ///   - continues: goes on with what the file holds; otherwise it must hold no estimates.
  ///   - warn: called once if the file can no longer be written: the evaluation itself does not need it.
  /// - Throws: `EvaluationError` when the file is of another evaluation, one is writing it, or it holds what nobody wants to
  ///   go on with; what reading and writing throw.
  package init(path: String, _ subject: Subject, continues: Bool, warn: @escaping (String) -> Void) throws {
    (self.path, self.warn) = (path, warn)
    try Self.checkIsFree(path)
    var lines = Self.lines(path)
    if !continues {
      guard lines.count <= 1 else {
        throw EvaluationError(
          "\(path) holds what an earlier evaluation has estimated: go on with --continue, or remove it to begin anew")
      }
      unlink(path)
      lines = []
    }
    if let first = lines.first {
      guard (try? Self.decoder.decode(Subject.self, from: first)) == subject else {
        throw EvaluationError(
          "\(path) is of another evaluation (another checkpoint, other data, rows, samples, seed, precision, mixture or modalities); "
            + "remove it to begin anew")
      }
      entries = lines.dropFirst().compactMap { try? Self.decoder.decode(Entry.self, from: $0) }
    }
    let isContinued = !lines.isEmpty
    log = try MetricsLog(path: path) { _ in !isContinued }
    if !isContinued { try log.append(subject) }
    lock = open(path, O_RDONLY | O_CLOEXEC)
    _ = flock(lock, LOCK_EX | LOCK_NB)
  }

  deinit { if lock >= 0 { close(lock) } }

  private static func checkIsFree(_ path: String) throws(EvaluationError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw EvaluationError("another evaluation writes \(path); wait for it, or name another report with --output")
    }
  }

  /// Adds rows. Those that cannot be written wait for the next.
  func append(_ entry: Entry) {
    do { try log.append(entry) } catch  where !hasFailed {
      hasFailed = true
      warn("the progress of the evaluation is not kept: \(error)")
    } catch {}
  }

  /// Removes the file: the evaluation is complete.
  package func remove() { unlink(path) }

  private static func lines(_ path: String) -> [Data] {
    (FileManager.default.contents(atPath: path) ?? Data()).split(separator: UInt8(ascii: "\n"))
  }

  /// As `MetricsLog` writes.
  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }
}
