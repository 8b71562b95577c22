import Foundation
import Runs
import Testing

/// What happened to a run.
struct JournalTests {
  private static let start = SessionStart(
    software: ["mhvae-dist 1"], worldSize: 3, threads: 2,
    hosts: [SessionStart.Host(name: "n1", processor: "fast", cores: 4, ranks: 3)], exchange: "by messages",
    data: "/data/x.h5", dataName: "x", rows: ["train": 5], epoch: 1, step: 7)

  @Test("Sessions and warnings are read as they were written, those of earlier sessions first")
  func entries() throws {
    let directory = RunDirectory(FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path)
    try directory.write(configuration: "name: x\n")
    defer { try? FileManager.default.removeItem(atPath: directory.path) }
    #expect(Journal.entries(of: directory).isEmpty)
    let events: [JournalEntry.Event] = [
      .started(Self.start), .warning("little memory"), .ended(SessionEnd(cause: "SIGTERM", epoch: 2, step: 9)),
    ]
    for _ in 0..<2 {
      let journal = try Journal(directory)
      for event in events { journal.note(event) }
    }
    let entries = Journal.entries(of: directory)
    #expect(entries.map(\.event) == events + events)
    let times = try entries.map { try Date($0.time, strategy: .iso8601) }
    #expect(times == times.sorted() && abs(times[0].timeIntervalSinceNow) < 3600)
  }
}
