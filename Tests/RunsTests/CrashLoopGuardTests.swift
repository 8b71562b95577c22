import Foundation
import Runs
import TestSupport
import Testing

struct CrashLoopGuardTests {
  private func withAttempts(_ body: (_ attempts: CrashLoopGuard, _ path: String) throws -> Void) throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "attempts.json").path
      try body(CrashLoopGuard(path: path), path)
    }
  }

  private let old = CheckpointID.end(ofEpoch: 1)
  private let new = CheckpointID.step(7, inEpoch: 2)
  private let newest = CheckpointID.step(9, inEpoch: 2)

  @Test("A checkpoint is exhausted by three runs that wrote none after it; others are not")
  func counting() throws {
    try withAttempts { attempts, _ throws in
      for count in 1...3 {
        #expect(!attempts.isExhausted(new))
        try attempts.begin(new)
        #expect(attempts.isExhausted(new) == (count == 3))
      }
      #expect(!attempts.isExhausted(old) && !attempts.isExhausted(newest))
    }
  }

  @Test("A newer checkpoint ends the count, an older one does not; nothing is left when there is nothing to count")
  func forgetting() throws {
    try withAttempts { attempts, path throws in
      for _ in 1...3 { try attempts.begin(new) }
      try attempts.begin(old)
      try attempts.forget(upTo: old)
      #expect(attempts.isExhausted(new))
      try attempts.forget(upTo: newest)
      #expect(!attempts.isExhausted(new))
      #expect(!FileManager.default.fileExists(atPath: path))
      try attempts.forget(upTo: newest)
    }
  }

  @Test("A name that is no checkpoint's does not stay")
  func foreignName() throws {
    try withAttempts { attempts, path throws in
      try Data(#"{"notes.txt":2,"\#(new.fileName)":1}"#.utf8).write(to: URL(filePath: path))
      try attempts.forget(upTo: old)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == #"{"\#(new.fileName)":1}"#)
    }
  }

  @Test("A damaged file counts nothing and is replaced")
  func damaged() throws {
    try withAttempts { attempts, path throws in
      try Data("{\"epo".utf8).write(to: URL(filePath: path))
      #expect(!attempts.isExhausted(new))
      try attempts.begin(new)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == #"{"\#(new.fileName)":1}"#)
    }
  }
}
