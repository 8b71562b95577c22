/// Why work stops before it is complete, to be continued by a later session.
package enum StopCause: Int, Sendable, CaseIterable, CustomStringConvertible {
  case terminate
  case interrupt
  case hangup
  case user1
  case user2
  case file

  package var description: String {
    switch self {
    case .terminate: "SIGTERM"
    case .interrupt: "SIGINT"
    case .hangup: "SIGHUP"
    case .user1: "SIGUSR1"
    case .user2: "SIGUSR2"
    case .file: "the file STOP"
    }
  }
}
