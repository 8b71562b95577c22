import Storage
import Synchronization
import Testing

struct BackgroundThreadTests {
  @Test("A job that was begun is done, even if the thread is ended at once")
  func endAfterStart() throws {
    for _ in 0..<200 {
      let done = Mutex(false)
      let thread = BackgroundThread(name: "test")
      thread.start { done.withLock { $0 = true } }
      thread.end()
      try thread.wait()
      #expect(done.withLock { $0 })
    }
  }
}
