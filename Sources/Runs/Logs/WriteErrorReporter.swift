/// Warns that the run directory cannot be written: at once, then every ten minutes, and when it can be written again.
final class WriteErrorReporter {
  private let directory: String
  private let warn: (String) -> Void
  private let clock = ContinuousClock()
  private var lastWarning: ContinuousClock.Instant?
  private static let interval = Duration.seconds(600)

  init(_ directory: RunDirectory, warn: @escaping (String) -> Void) {
    (self.directory, self.warn) = (directory.path, warn)
  }

  func report(_ error: any Error) {
    guard lastWarning.map({ clock.now - $0 >= Self.interval }) ?? true else { return }
    lastWarning = clock.now
    warn("\(error). Training continues; what cannot be written now is retried")
  }

  /// Everything that waited has been written.
  /// - Parameter lost: what was given up meanwhile.
  func reportRecovery(lost: String?) {
    guard lastWarning != nil else { return }
    lastWarning = nil
    warn("\(directory) can be written again; \(lost.map { "lost: \($0)" } ?? "nothing is lost")")
  }
}
