internal import Glibc
internal import Synchronization

/// The signals by which users, terminals and schedulers request a stop.
package enum StopSignals {
  private static let received = Atomic<Int32>(0)
  private static let wasInterrupted = Atomic(false)
  private static let signals = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2]

  /// Installs handlers: the signals no longer end the process, only their number is stored. A second SIGINT does end it:
  /// whoever presses Ctrl-C twice does not want to wait. A SIGHUP or SIGINT that is ignored, as under `nohup` and in
  /// background jobs of scripts, stays so.
  package static func install() {
    // Initialises the static before a handler can access it.
    received.store(0, ordering: .relaxed)
    wasInterrupted.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { StopSignals.receive($0) }
    // Restarts interrupted system calls.
    action.sa_flags = SA_RESTART
    var handled = sigset_t()
    sigemptyset(&handled)
    for signal in signals where ![SIGHUP, SIGINT].contains(signal) || !isIgnored(signal) {
      sigaction(signal, &action, nil)
      sigaddset(&handled, signal)
    }
    // The parent process may have left them blocked.
    pthread_sigmask(SIG_UNBLOCK, &handled, nil)
  }

  /// Lets the signals end the process again. Those that are ignored stay so.
  package static func uninstall() {
    for number in signals where !isIgnored(number) { signal(number, SIG_DFL) }
  }

  /// Runs as a signal handler: nothing but atomics and functions that are safe there.
  private static func receive(_ number: Int32) {
    received.store(number, ordering: .relaxed)
    guard number == SIGINT, wasInterrupted.exchange(true, ordering: .relaxed) else { return }
    signal(SIGINT, SIG_DFL)
    raise(SIGINT)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    // `SIG_IGN` is the address 1.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  /// The last signal received.
  package static var cause: StopCause? {
    switch received.load(ordering: .relaxed) {
    case SIGTERM: .terminate
    case SIGINT: .interrupt
    case SIGHUP: .hangup
    case SIGUSR1: .user1
    case SIGUSR2: .user2
    default: nil
    }
  }
}
