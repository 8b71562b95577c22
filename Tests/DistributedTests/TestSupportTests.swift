import Foundation
import TestSupport
import Testing

/// The tools that judge the others must not be wrong themselves.
struct TestSupportTests {
  @Test("Output, exit code and environment arrive")
  func outcome() throws {
    let script = "echo $GREETING; echo problem >&2; exit 3"
    let outcome = try run("sh", ["-c", script], environment: ["GREETING": "hello"])
    #expect(outcome.exitCode == 3)
    #expect(outcome.stdout == "hello\n")
    #expect(outcome.stderr == "problem\n")
  }

  @Test("A signal shows in the exit code")
  func signal() throws {
    #expect(try run("sh", ["-c", "kill -9 $$"]).exitCode == 137)
  }

  @Test("After the timeout the children of the child are ended too")
  func timeout() throws {
    try temporaryDirectory { directory in
      let file = directory.appending(path: "identifier").path
      let begin = ContinuousClock.now
      #expect(throws: ProcessError.self) {
        try run("sh", ["-c", "sleep 30 & echo $! > \(file); wait"], timeout: .milliseconds(300))
      }
      #expect(begin.duration(to: .now) < .seconds(15))
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let sleeper = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      #expect(hasEnded(sleeper))
    }
  }

  /// An orphan that was killed may stay a zombie where nobody reaps it, as in a container.
  private func hasEnded(_ identifier: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8) else { return true }
    return status.contains(") Z ")
  }

  @Test("A program that does not exist is an error")
  func missingProgram() {
    #expect(throws: ProcessError.self) { try run("no-such-program-here") }
    #expect(throws: ProcessError.self) { try product("no-such-product") }
  }

  @Test("A number that is none is infinitely far from any other, wherever it stands")
  func notANumberDiffers() {
    #expect(abs(largestDifference([1, 2.02], [1, 2]) - 0.01) < 1e-12 && largestDifference([0, 1], [0, 1]) == 0)
    for place in 0..<3 {
      var numbers: [Double] = [1, 2, 3]
      numbers[place] = .nan
      #expect(largestDifference(numbers, [1, 2, 3]) == .infinity)
      #expect(largestDifference([1, 2, 3], numbers) == .infinity)
    }
    #expect(largestDifference([1, 2], [1]) == .infinity && largestDifference([], []) == .infinity)
  }

  @Test("A temporary directory exists during the call only")
  func directory() throws {
    let directory = try temporaryDirectory { directory in
      #expect(FileManager.default.fileExists(atPath: directory.path))
      return directory
    }
    #expect(!FileManager.default.fileExists(atPath: directory.path))
  }
}
