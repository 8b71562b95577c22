package import Communication
internal import Glibc
internal import Storage
internal import Synchronization

/// Requests to stop that reached this rank: a signal, or the file STOP. Checking allocates nothing, and does not touch
/// the file: another thread looks for it, once a second.
package final class StopRequests {
  private let file: StopFileWatch?

  /// - Parameter file: nil on all ranks but one.
  package init(file: String? = nil) { self.file = file.map(StopFileWatch.init) }

  package var cause: StopCause? { StopSignals.cause ?? (file?.exists ?? false ? .file : nil) }
}

private final class StopFileWatch: Sendable {
  private let found: Found
  private let thread: PeriodicThread

  /// Outlives the watch, should the file system hang.
  private final class Found: Sendable { let value = Atomic(false) }

  init(_ path: String) {
    let found = Found()
    // Converted once: a step must not ask for memory, and neither must what happens beside it.
    let path = path.utf8CString
    @Sendable func look() {
      let exists = path.withUnsafeBufferPointer { access($0.baseAddress!, F_OK) == 0 }
      if exists { found.value.store(true, ordering: .relaxed) }
    }
    self.found = found
    look()
    thread = PeriodicThread(name: "stop file", interval: 1) { _ in look() }
  }

  deinit { thread.end() }

  var exists: Bool { found.value.load(ordering: .relaxed) }
}
