internal import Foundation

/// Whether a person watches.
enum Terminal {
  /// Whether standard error ends on a terminal. A launcher stands in between: `mpirun` gives its ranks a pipe and passes
  /// on what comes out of it, so what counts there is where the launcher's own standard error goes.
  static let showsStandardError = isatty(STDERR_FILENO) != 0 || launcherShowsStandardError

  /// Whether colours may be shown there (https://no-color.org).
  static let showsColour: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return showsStandardError && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
  }()

  private static var launcherShowsStandardError: Bool {
    guard ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"] != nil else { return false }
    let descriptor = open("/proc/\(getppid())/fd/2", O_WRONLY | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return isatty(descriptor) != 0
  }
}
