import CrashGuard
import Foundation
import Testing

/// Each in a process of its own, which crashes.
struct CrashGuardTests {
  @Test("A crash inside is one line that names the file, and status 1", arguments: [SIGSEGV, SIGABRT, SIGFPE, SIGBUS])
  func inside(signal: Int32) async throws {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      [number = signal as Int32] in
      crash_guard_enter("/data/x.h5")
      raise(number)
    }
    let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.joined().contains(": error: /data/x.h5: the HDF5 library crashed on this file"), "\(lines)")
  }

  @Test("Without a path the line names the file of the call before")
  func lastFile() async throws {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      crash_guard_enter("/data/x.h5")
      crash_guard_leave()
      crash_guard_enter(nil)
      raise(SIGSEGV)
    }
    let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(line.contains(": error: /data/x.h5: "))
  }

  @Test("A crash afterwards stays what it was")
  func outside() async {
    await #expect(processExitsWith: .signal(SIGSEGV)) {
      signal(SIGSEGV, SIG_DFL)
      crash_guard_enter("/data/x.h5")
      crash_guard_leave()
      raise(SIGSEGV)
    }
  }

  @Test("So does the crash of another thread while one is inside")
  func otherThread() async {
    await #expect(processExitsWith: .signal(SIGSEGV)) {
      signal(SIGSEGV, SIG_DFL)
      crash_guard_enter("/data/x.h5")
      Thread { raise(SIGSEGV) }.start()
      while true { pause() }
    }
  }
}
