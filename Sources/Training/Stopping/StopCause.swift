/// Why a run stops before its last epoch is complete.
package enum StopCause: Int, Sendable, CustomStringConvertible {
  case terminate
  case user1
  case user2
  case file

  static let count = 4

  package var description: String {
    switch self {
    case .terminate: "SIGTERM"
    case .user1: "SIGUSR1"
    case .user2: "SIGUSR2"
    case .file: "the file STOP"
    }
  }
}
