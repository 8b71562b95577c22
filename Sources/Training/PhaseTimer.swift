package import Communication
internal import Glibc

/// Where a step spends its time.
package enum Phase: Int, CaseIterable, Sendable {
  case input
  case forward
  case backward
  /// Batch-norm sums over the ranks.
  case normExchange
  case gradientExchange
  case optimizer

  package var name: String {
    switch self {
    case .input: "input"
    case .forward: "forward"
    case .backward: "backward"
    case .normExchange: "exchange of norms"
    case .gradientExchange: "exchange of gradients"
    case .optimizer: "Adam"
    }
  }
}

extension Phase {
  /// The same for ranks that wait for this one.
  fileprivate var activity: Activity {
    switch self {
    case .input: .input
    case .forward: .forward
    case .backward: .backward
    case .normExchange: .normExchange
    case .gradientExchange: .gradientExchange
    case .optimizer: .optimizer
    }
  }
}

/// Adds up the time of each phase. Phases may nest: time counts for the innermost.
package final class PhaseTimer {
  private var nanoseconds = [UInt64](repeating: 0, count: Phase.allCases.count)
  private var current: Phase?
  private var since: UInt64 = 0
  /// Keeps every phase while steps are traced, the outer ones from their start to their end.
  var record: PhaseRecord?
  private let whereabouts: Whereabouts

  /// - Parameter whereabouts: is told of every phase.
  package init(_ whereabouts: Whereabouts) { self.whereabouts = whereabouts }

  package func measure<Result>(_ phase: Phase, _ body: () throws -> Result) rethrows -> Result {
    let outer = current
    let start = `switch`(to: phase)
    defer {
      let end = `switch`(to: outer)
      record?.add(phase, from: start, to: end)
    }
    return try body()
  }

  package func seconds(_ phase: Phase) -> Double { Double(nanoseconds[phase.rawValue]) * 1e-9 }

  package func reset() { for i in nanoseconds.indices { nanoseconds[i] = 0 } }

  /// - Returns: now.
  private func `switch`(to phase: Phase?) -> UInt64 {
    let now = Self.now()
    if let current { nanoseconds[current.rawValue] += now - since }
    (current, since) = (phase, now)
    whereabouts.note(phase?.activity ?? .betweenSteps)
    return now
  }

  /// Nanoseconds of a clock that only goes forward.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
