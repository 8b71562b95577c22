import Foundation
import Runs
import SmallModel
import TestSupport
import Testing

struct MetricsLogTests {
  private func lines(_ url: URL) throws -> [String] {
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  private func open(_ url: URL, after last: Int) throws -> MetricsLog {
    try MetricsLog(path: url.path) { (($0["step"] as? Int) ?? .max) > last }
  }

  private struct Record: Encodable {
    let step: Int
    let epoch = 1
    let loss: Double
  }

  private func report(_ step: Int, loss: Double = 0.5) -> Record { Record(step: step, loss: loss) }

  @Test("Records are appended, one line each, to what is there")
  func appending() throws {
    try temporaryDirectory { directory throws in
      let url = directory.appending(path: "steps.jsonl")
      var log = try open(url, after: 0)
      try log.append(report(1))
      try log.append(report(2))
      log = try open(url, after: 2)
      try log.append(report(3))
      #expect(
        try lines(url) == [1, 2, 3].map { #"{"epoch":1,"loss":0.5,"step":\#($0)}"# })
    }
  }

  @Test("Stale lines, and a line that a crash cut short, are gone when a run goes on")
  func staleAndTorn() throws {
    try temporaryDirectory { directory throws in
      let url = directory.appending(path: "steps.jsonl")
      let text = """
        {"epoch":1,"loss":0.5,"step":1}
        not JSON
        {"epoch":1,"loss":0.5,"step":2}
        {"epoch":2,"loss":0.5,"step":3}
        {"epoch":2,"lo
        """
      try Data(text.utf8).write(to: url)
      let log = try open(url, after: 2)
      try log.append(report(3, loss: 0.25))
      #expect(
        try lines(url) == [
          #"{"epoch":1,"loss":0.5,"step":1}"#, #"{"epoch":1,"loss":0.5,"step":2}"#,
          #"{"epoch":1,"loss":0.25,"step":3}"#,
        ])
    }
  }

  @Test("A loss that is not finite is still a line that can be read")
  func notFinite() throws {
    try temporaryDirectory { directory throws in
      let url = directory.appending(path: "steps.jsonl")
      let log = try open(url, after: 0)
      for loss in [Double.nan, .infinity, -.infinity] { try log.append(report(1, loss: loss)) }
      let found = try lines(url).map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
      #expect(found.map { $0?["loss"] as? String } == ["NaN", "Infinity", "-Infinity"])
    }
  }

  @Test("A file that cannot be made is an error that names it")
  func unwritable() throws {
    try temporaryDirectory { directory throws in
      let url = directory.appending(path: "missing/steps.jsonl")
      #expect(try message { _ = try open(url, after: 0) }.contains(url.path))
    }
  }

  /// A size limit cuts a write short, as a full disk does.
  @Test("A line that does not fit leaves no half of itself, and is written in its order when there is room")
  func fullDisk() async {
    await #expect(processExitsWith: .success) {
      try temporaryDirectory { directory throws in
        let url = directory.appending(path: "steps.jsonl")
        let log = try MetricsLog(path: url.path) { _ in false }
        func append(_ step: Int) throws { try log.append(["step": step]) }
        func limit(_ bytes: UInt) {
          var limit = rlimit(rlim_cur: bytes, rlim_max: 1 << 20)
          #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        }
        func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }
        signal(SIGXFSZ, SIG_IGN)
        try append(1)
        limit(17)
        for step in [2, 3] { #expect(try message { try append(step) } == "write \(url.path): File too large") }
        #expect(try text() == "{\"step\":1}\n")
        #expect(log.waitingLines == 2)
        limit(1 << 20)
        try append(4)
        #expect(try text() == (1...4).map { "{\"step\":\($0)}\n" }.joined())
        #expect(log.waitingLines == 0)
      }
    }
  }

  @Test("Lines of a time when the directory was away come in their order")
  func lostFile() throws {
    try temporaryDirectory { directory throws in
      let folder = directory.appending(path: "run")
      let url = folder.appending(path: "steps.jsonl")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data("{\"epoch\":1,\"loss\":0.5,\"step\":1}\n".utf8).write(to: url)
      let log = try open(url, after: 1)
      let away = directory.appending(path: "away")
      try FileManager.default.moveItem(at: folder, to: away)
      #expect(try message { try log.append(report(2)) }.contains(url.path))
      try FileManager.default.moveItem(at: away, to: folder)
      try log.append(report(3))
      #expect(try lines(url) == (1...3).map { "{\"epoch\":1,\"loss\":0.5,\"step\":\($0)}" })
    }
  }
}
