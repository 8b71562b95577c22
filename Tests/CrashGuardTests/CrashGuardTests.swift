import CrashGuard
import Foundation
import Testing

/// Each in a process of its own, which crashes.
struct CrashGuardTests {
  @Test("A crash inside is one line that names the file, and status 1", arguments: [SIGSEGV, SIGABRT, SIGFPE, SIGBUS])
  func inside(signal: Int32) async throws {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      [number = signal as Int32] in
      closeInheritedFiles()
      crash_guard_enter("/data/x.h5", 60)
      // Threads of the tests may block it, which `abort` undoes.
      if number == SIGABRT { abort() }
      raise(number)
    }
    let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.joined().contains(": error: /data/x.h5: the HDF5 library crashed on this file"), "\(lines)")
  }

  @Test("So is a loop without end")
  func loop() async {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      closeInheritedFiles()
      var noSignals = sigset_t()
      sigemptyset(&noSignals)
      pthread_sigmask(SIG_SETMASK, &noSignals, nil)
      crash_guard_enter("/data/x.h5", 1)
      while crash_guard_is_inside() != 0 {}
    }
    let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(line.contains(": error: /data/x.h5: the HDF5 library does not come to an end on this file"))
  }

  @Test("Without a path the line names the file of the call before")
  func lastFile() async throws {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      closeInheritedFiles()
      crash_guard_enter("/data/x.h5", 60)
      crash_guard_leave()
      crash_guard_enter(nil, 60)
      raise(SIGSEGV)
    }
    let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(line.contains(": error: /data/x.h5: "))
  }

  @Test("A crash afterwards stays what it was")
  func outside() async {
    await #expect(processExitsWith: .signal(SIGSEGV)) {
      closeInheritedFiles()
      signal(SIGSEGV, SIG_DFL)
      crash_guard_enter("/data/x.h5", 60)
      crash_guard_leave()
      raise(SIGSEGV)
    }
  }

  @Test("So does the crash of another thread while one is inside")
  func otherThread() async {
    await #expect(processExitsWith: .signal(SIGSEGV)) {
      closeInheritedFiles()
      signal(SIGSEGV, SIG_DFL)
      crash_guard_enter("/data/x.h5", 60)
      Thread { raise(SIGSEGV) }.start()
      while true { pause() }
    }
  }
}

/// A file of HDF5 that a test beside this one writes would stay locked for as long as the process runs.
private func closeInheritedFiles() {
  for descriptor in (STDERR_FILENO + 1)..<256 {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { close(descriptor) }
  }
}
