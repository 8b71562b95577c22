internal import Foundation
internal import Storage
internal import Synchronization

/// What happened to a run, in `journal.jsonl`: the beginning and the end of each session, and its warnings. Unlike the
/// metrics it keeps what a resumed run does again. Nobody waits for the disk but the end of a session, and that not long.
package final class Journal: Sendable {
  // Only jobs of the queue touch it.
  nonisolated(unsafe) private let log: MetricsLog
  private let queue = FileQueue(name: "journal")
  private let hasEnded = Atomic(false)
  /// Seconds that the end of a session waits, and whatever comes after it.
  private static let patience = 5.0

  /// - Throws: `RunError` or `StorageError` when the directory cannot be written.
  package init(_ directory: RunDirectory) throws {
    log = try MetricsLog(path: directory.journalPath) { _ in false }
  }

  /// Adds an entry. One that cannot be written waits for the next; training does not end for it.
  package func note(_ event: JournalEntry.Event) {
    let entry = JournalEntry(event)
    queue.add { [self] in try? log.append(entry) }
    if case .ended = event { hasEnded.store(true, ordering: .relaxed) }
    if hasEnded.load(ordering: .relaxed) { queue.wait(seconds: Self.patience) }
  }

  /// The entries of a run, oldest first; none when it has no journal. Lines that are none are left out.
  package static func entries(of directory: RunDirectory) -> [JournalEntry] {
    jsonLines(of: directory.journalPath)
  }
}

/// One line of the journal.
package struct JournalEntry: Codable, Equatable, Sendable {
  /// In UTC, such as `2026-11-23T20:15:04Z`.
  package let time: String
  package let event: Event

  package enum Event: Equatable, Sendable {
    case started(SessionStart)
    case warning(String)
    case ended(SessionEnd)
  }

  init(_ event: Event) { (time, self.event) = (Date().ISO8601Format(), event) }

  private enum CodingKeys: String, CodingKey { case time, started, warning, ended }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    time = try values.decode(String.self, forKey: .time)
    if let start = try values.decodeIfPresent(SessionStart.self, forKey: .started) {
      event = .started(start)
    } else if let end = try values.decodeIfPresent(SessionEnd.self, forKey: .ended) {
      event = .ended(end)
    } else {
      event = .warning(try values.decode(String.self, forKey: .warning))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(time, forKey: .time)
    switch event {
    case .started(let start): try values.encode(start, forKey: .started)
    case .warning(let text): try values.encode(text, forKey: .warning)
    case .ended(let end): try values.encode(end, forKey: .ended)
    }
  }
}

/// On what a session runs, and on which data.
package struct SessionStart: Codable, Equatable, Sendable {
  /// A machine with the ranks that run on it.
  package struct Host: Codable, Equatable, Sendable {
    package let name: String
    package let processor: String
    /// Cores that its ranks may use.
    package let cores: Int
    package let ranks: Int

    package init(name: String, processor: String, cores: Int, ranks: Int) {
      (self.name, self.processor, self.cores, self.ranks) = (name, processor, cores, ranks)
    }
  }

  /// Such as `mhvae-dist 0.1.0`, and the libraries with their versions.
  package let software: [String]
  package let worldSize: Int
  /// OpenBLAS threads of a rank.
  package let threads: Int
  package let hosts: [Host]
  /// How gradients are exchanged.
  package let exchange: String
  /// The dataset's file, and its name.
  package let data: String
  package let dataName: String
  /// Rows by split.
  package let rows: [String: Int]
  /// Epochs and steps that were complete before.
  package let epoch: Int
  package let step: UInt64

  package init(
    software: [String], worldSize: Int, threads: Int, hosts: [Host], exchange: String, data: String,
    dataName: String, rows: [String: Int], epoch: Int, step: UInt64
  ) {
    (self.software, self.worldSize, self.threads, self.hosts) = (software, worldSize, threads, hosts)
    (self.exchange, self.data, self.dataName, self.rows) = (exchange, data, dataName, rows)
    (self.epoch, self.step) = (epoch, step)
  }

  package enum CodingKeys: String, CodingKey {
    case software, threads, hosts, exchange, data, rows, epoch, step
    case worldSize = "world_size"
    case dataName = "data_name"
  }
}

/// How a session ended.
package struct SessionEnd: Codable, Equatable, Sendable {
  /// What stopped it before its last epoch was complete, a signal or an error; nil if nothing did.
  package let cause: String?
  /// Epochs and steps that were complete.
  package let epoch: Int
  package let step: UInt64

  package init(cause: String?, epoch: Int, step: UInt64) { (self.cause, self.epoch, self.step) = (cause, epoch, step) }
}
