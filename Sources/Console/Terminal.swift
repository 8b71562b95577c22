internal import Foundation

/// Where a person watches.
enum Terminal {
  /// The terminal that standard error ends on; nil if it ends elsewhere. A launcher stands in between: `mpirun` gives
  /// its ranks a pipe and passes on what comes out of it, so what counts there is where the launcher's own standard
  /// error goes.
  private static let descriptor = isatty(STDERR_FILENO) != 0 ? STDERR_FILENO : launcherTerminal

  static var showsStandardError: Bool { descriptor != nil }

  /// Whether colours may be shown there (https://no-color.org).
  static let showsColour: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return showsStandardError && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
  }()

  /// Characters in a line; nil where that is not known.
  static var width: Int? {
    var size = winsize()
    guard let descriptor, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Stays open: the width may change.
  private static var launcherTerminal: Int32? {
    guard ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"] != nil else { return nil }
    let descriptor = open("/proc/\(getppid())/fd/2", O_WRONLY | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    if isatty(descriptor) != 0 { return descriptor }
    close(descriptor)
    return nil
  }
}
