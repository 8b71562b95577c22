internal import Glibc
internal import Synchronization

/// The signals by which users and schedulers request a stop.
package enum StopSignals {
  private static let received = Atomic<Int32>(0)

  /// Installs handlers: SIGTERM, SIGUSR1 and SIGUSR2 no longer end the process, only their number is stored.
  package static func install() {
    // Initialises the static before a handler can access it.
    received.store(0, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { StopSignals.received.store($0, ordering: .relaxed) }
    // Restarts interrupted system calls.
    action.sa_flags = SA_RESTART
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGUSR1, SIGUSR2] {
      sigaction(signal, &action, nil)
      sigaddset(&signals, signal)
    }
    // The parent process may have left them blocked.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The last signal received.
  static var cause: StopCause? {
    switch received.load(ordering: .relaxed) {
    case SIGTERM: .terminate
    case SIGUSR1: .user1
    case SIGUSR2: .user2
    default: nil
    }
  }
}
