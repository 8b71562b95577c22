import CHDF5
import CrashGuard
import Synchronization

/// What a call is about, for its error.
struct HDF5Location: Sendable {
  /// The file as its user names it.
  let path: String
  /// The group, dataset or attribute inside it.
  var object: String?

  func object(_ object: String) -> HDF5Location { HDF5Location(path: path, object: object) }
}

/// The one door to the C library.
///
/// HDF5 as many distributions build it is not thread-safe, and its error stack is one per process: the next call
/// overwrites it. So each call, and the copy of the stack if it fails, happen under one lock.
enum HDF5Library {
  private static let isInitialised = Mutex(false)
  /// The processor time after which a call is taken for a loop without end. The largest chunk, 4 GiB, is unpacked in less;
  /// rows have a second a MiB besides.
  private static let processorSeconds = 60

  /// Calls `body`, which calls the C function named `function`; a negative result is thrown with HDF5's error stack.
  /// - Parameter byteCount: of the rows that it reads or writes: they may take their time.
  /// - Precondition: `body` does not come back here.
  @discardableResult
  static func call<Status: SignedInteger & Sendable>(
    _ function: String, at location: HDF5Location, byteCount: Int = 0, _ body: () -> Status
  ) throws(StorageError) -> Status {
    let (status, stack) = isInitialised.withLock { isInitialised in
      if !isInitialised { initialise() }
      isInitialised = true
      crash_guard_enter(location.path, processorSeconds + byteCount >> 20)
      defer { crash_guard_leave() }
      silence()
      let status = body()
      return (status, status < 0 ? errorStack() : [])
    }
    guard status < 0 else { return status }
    throw StorageError(
      .library, call: function, object: location.object, path: location.path, readable(stack),
      advice: advice(for: stack, location.path))
  }

  /// Calls `body` where nobody could handle a failure: in a `deinit`.
  static func callSilently(_ body: () -> herr_t) {
    isInitialised.withLock { _ in
      crash_guard_enter(nil, processorSeconds)
      defer { crash_guard_leave() }
      silence()
      _ = body()
    }
  }

  /// Starts the library and turns off its tidying at exit: that crashes after a file could not be written to the end,
  /// and every file has an owner that closes it.
  private static func initialise() {
    _ = H5dont_atexit()
    _ = H5open()
  }

  /// Turns off the library's own printing of errors. A thread-safe build has an error stack a thread, and a new
  /// thread's prints.
  private static func silence() { _ = H5Eset_auto2(chdf5_error_stack(), nil, nil) }

  /// The descriptions on HDF5's error stack, outermost call first.
  private static func errorStack() -> [String] {
    var messages: [String] = []
    withUnsafeMutablePointer(to: &messages) { messages in
      _ = H5Ewalk2(
        chdf5_error_stack(), H5E_WALK_DOWNWARD,
        { _, entry, messages in
          guard let text = entry?.pointee.desc, let messages else { return 0 }
          messages.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
          return 0
        }, messages)
    }
    return messages
  }

  /// The stack without repetitions. Of a failed system call it keeps the words and drops the descriptor, the address
  /// of the buffer and the time of day, which comes with a line break.
  private static func readable(_ stack: [String]) -> [String] {
    let systemCall = #/^([^:,]+)[:,] (?s:.*)error message = '([^']*)'(?s:.*)/#
    var distinct: [String] = []
    for message in stack {
      let text = message.replacing(systemCall) { "\($0.output.1): \($0.output.2)" }
      if text != distinct.last { distinct.append(text) }
    }
    return distinct.isEmpty ? ["no reason given"] : distinct
  }

  private static func advice(for stack: [String], _ path: String) -> String? {
    let text = stack.joined(separator: "\n")
    if text.contains("h5clear") {
      return
        "A program is writing the file, or died while it did. If none does: h5clear -s \(path), then mhvae-pack verify "
        + "\(path)"
    }
    if text.contains("unable to lock file") || text.contains(#/errno = (11|37|524)\b/#) {
      return "The file system (Lustre and NFS often) refuses HDF5's file locks, or a program is writing the file; "
        + "if nothing writes it, set HDF5_USE_FILE_LOCKING=FALSE in the environment"
    }
    if text.contains("file signature not found") { return "This is not an HDF5 file, or its beginning is damaged" }
    if text.contains("truncated file") { return "The file is incomplete: copy it or write it again" }
    if text.contains("hecksum") { return "The file is damaged: copy it or write it again" }
    if text.contains("errno = 28") { return "Free some space or name another directory" }
    return nil
  }
}
