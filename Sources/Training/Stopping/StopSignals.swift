internal import Glibc
internal import Synchronization

/// The signals by which people and schedulers ask this process to stop.
package enum StopSignals {
  private static let received = Atomic<Int32>(0)

  /// From now on SIGTERM, SIGUSR1 and SIGUSR2 no longer end the process: they are remembered, and nothing else.
  package static func watch() {
    // Made here, so that the handler finds it.
    received.store(0, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { StopSignals.received.store($0, ordering: .relaxed) }
    // Calls that it interrupts go on.
    action.sa_flags = SA_RESTART
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGUSR1, SIGUSR2] {
      sigaction(signal, &action, nil)
      sigaddset(&signals, signal)
    }
    // Whoever started this process may have left them blocked.
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The last that came.
  static var cause: StopCause? {
    switch received.load(ordering: .relaxed) {
    case SIGTERM: .terminate
    case SIGUSR1: .user1
    case SIGUSR2: .user2
    default: nil
    }
  }
}
