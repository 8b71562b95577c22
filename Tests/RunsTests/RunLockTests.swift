import Foundation
import Runs
import SmallModel
import Synchronization
import TestSupport
import Testing

struct RunLockTests {
  private func withRun(_ body: (_ run: RunDirectory, _ lock: String) throws -> Void) throws {
    try temporaryDirectory { directory throws in
      try body(RunDirectory(directory.path), directory.appending(path: "lock").path)
    }
  }

  private var timing: RunLock.Timing {
    var timing = RunLock.Timing()
    (timing.interval, timing.patience, timing.dying) = (0.05, 0.5, 0.1)
    return timing
  }

  /// Writes the lock of this process with some of it replaced, as another owner would have written it.
  private func write(_ path: String, _ changes: [String: Any], beat: Int = 0) throws {
    var owner = try #require(
      JSONSerialization.jsonObject(with: Data(try ownLine(path).utf8)) as? [String: Any])
    owner["identifier"] = UUID().uuidString
    owner.merge(changes) { $1 }
    let line = try JSONSerialization.data(withJSONObject: owner, options: .sortedKeys)
    try (line + Data("\nbeat \(beat)\n".utf8)).write(to: URL(filePath: path), options: .atomic)
  }

  /// What this process writes into a lock beside that at `path`.
  private func ownLine(_ path: String) throws -> String {
    try temporaryDirectory { directory in
      let lock = try RunLock.acquire(RunDirectory(directory.path))
      defer { lock.release() }
      let text = try String(contentsOfFile: directory.appending(path: "lock").path, encoding: .utf8)
      return String(try #require(text.split(separator: "\n").first))
    }
  }

  @Test("A lock is taken, refused to others, and free again when it is given up")
  func exclusive() throws {
    try withRun { run, path throws in
      let first = try RunLock.acquire(run, timing: timing)
      let words = try message { _ = try RunLock.acquire(run, timing: timing) }
      #expect(words.hasPrefix("another session trains in \(run.path): process \(getpid()) on "))
      first.release()
      #expect(!FileManager.default.fileExists(atPath: path))
      let second = try RunLock.acquire(run, timing: timing)
      // Giving up a second time does not take it from its new owner.
      first.release()
      try second.check()
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test(
    "The lock of a process that is gone is taken at once",
    arguments: [["process": 4_194_305], ["start": "1"]] as [[String: any Sendable]])
  func gone(owner: [String: any Sendable]) throws {
    try withRun { run, path throws in
      try write(path, owner)
      var timing = timing
      timing.patience = 1000
      let lock = try RunLock.acquire(run, timing: timing)
      try lock.check()
    }
  }

  @Test("The lock of a process on another host is refused as long as it shows signs of life")
  func aliveElsewhere() throws {
    try withRun { run, path throws in
      let elsewhere = ["boot": "another", "host": "node7", "job": "4711"]
      try write(path, elsewhere)
      let isRefused = Atomic(false)
      let thread = Thread {
        var beat = 0
        while !isRefused.load(ordering: .relaxed) {
          beat += 1
          usleep(20_000)
          try? write(path, elsewhere, beat: beat)
        }
      }
      thread.start()
      let words = try message { _ = try RunLock.acquire(run, timing: timing) }
      isRefused.store(true, ordering: .relaxed)
      #expect(words.contains(" on node7 (job 4711), since "))
      while !thread.isFinished { usleep(10_000) }
    }
  }

  @Test("A lock that is given up while another session looks at it is taken")
  func givenUp() throws {
    try withRun { run, path throws in
      try write(path, ["boot": "another"])
      var timing = timing
      timing.patience = 1000
      let thread = Thread {
        usleep(200_000)
        unlink(path)
      }
      thread.start()
      let lock = try RunLock.acquire(run, timing: timing)
      try lock.check()
    }
  }

  @Test("The lock of a process on another host that shows none, or of nobody, is taken")
  func goneElsewhere() throws {
    try withRun { run, path throws in
      try write(path, ["boot": "another"])
      try RunLock.acquire(run, timing: timing).release()
      try Data().write(to: URL(filePath: path))
      try RunLock.acquire(run, timing: timing).release()
    }
  }

  @Test("The owner counts its heartbeat up, and notices when another has taken the lock")
  func lost() throws {
    try withRun { run, path throws in
      let lock = try RunLock.acquire(run, timing: timing)
      let before = try Data(contentsOf: URL(filePath: path))
      usleep(300_000)
      #expect(try Data(contentsOf: URL(filePath: path)) != before)
      try lock.check()
      try write(path, ["host": "node7"])
      #expect(try message { try lock.check() }.contains(" on node7"))
      lock.release()
      #expect(FileManager.default.fileExists(atPath: path), "it is the other's")
    }
  }

  @Test("A directory that is away for a moment does not cost the lock")
  func away() throws {
    try withRun { run, path throws in
      let lock = try RunLock.acquire(run, timing: timing)
      try FileManager.default.moveItem(atPath: path, toPath: path + "-away")
      try lock.check()
      try FileManager.default.moveItem(atPath: path + "-away", toPath: path)
      try lock.check()
    }
  }
}
