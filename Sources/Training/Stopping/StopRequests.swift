package import Communication
internal import Glibc

/// Requests to stop that reached this rank: a signal, or the file STOP. Checking allocates nothing.
package final class StopRequests {
  private let file: String?
  private var fileExists = false
  private var lastCheck: UInt64 = 0
  /// Nanoseconds between two checks for the file.
  private static let interval: UInt64 = 1_000_000_000

  /// - Parameter file: checked at most once a second; nil on all ranks but one.
  package init(file: String? = nil) { self.file = file }

  package var cause: StopCause? {
    if let cause = StopSignals.cause { return cause }
    guard let file, !fileExists, monotonicNanoseconds() - lastCheck >= Self.interval else {
      return fileExists ? .file : nil
    }
    lastCheck = monotonicNanoseconds()
    fileExists = file.withCString { access($0, F_OK) == 0 }
    return fileExists ? .file : nil
  }
}
