/// Tells a person that the run directory cannot be written: at once, then every ten minutes, and when it is over.
final class WriteTrouble {
  private let directory: String
  private let warn: (String) -> Void
  private let clock = ContinuousClock()
  private var lastWarning: ContinuousClock.Instant?
  private static let interval = Duration.seconds(600)

  init(_ directory: RunDirectory, warn: @escaping (String) -> Void) {
    (self.directory, self.warn) = (directory.path, warn)
  }

  func met(_ error: any Error) {
    guard lastWarning.map({ clock.now - $0 >= Self.interval }) ?? true else { return }
    lastWarning = clock.now
    warn("\(error). Training goes on; what cannot be written now is tried again and again")
  }

  /// Everything has been written.
  func isOver() {
    guard lastWarning != nil else { return }
    lastWarning = nil
    warn("\(directory) can be written again; nothing is lost")
  }
}
