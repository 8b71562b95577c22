internal import Glibc

/// Whether this rank was asked to stop: by a signal, or by a file. Asking allocates nothing.
package final class StopWatch {
  private let file: String?
  private var isFileThere = false
  private var lastLook: UInt64 = 0
  /// Nanoseconds between two looks at the file.
  private static let interval: UInt64 = 1_000_000_000

  /// - Parameter file: looked for at most once a second; nil on all ranks but one.
  package init(file: String? = nil) { self.file = file }

  package var cause: StopCause? {
    if let cause = StopSignals.cause { return cause }
    guard let file, !isFileThere, PhaseTimer.now() - lastLook >= Self.interval else { return isFileThere ? .file : nil }
    lastLook = PhaseTimer.now()
    isFileThere = file.withCString { access($0, F_OK) == 0 }
    return isFileThere ? .file : nil
  }

  /// A session must not meet the file that stopped the one before. One that cannot be removed stays.
  func removeFile() {
    if let file { unlink(file) }
  }
}
