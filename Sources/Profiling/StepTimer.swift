package import Communication

/// The phases of a training step.
package enum StepPhase: Int, CaseIterable, Sendable {
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

extension StepPhase {
  /// The phase as other ranks see it.
  fileprivate var rankPhase: RankPhase {
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
package final class StepTimer {
  private var nanoseconds = [UInt64](repeating: 0, count: StepPhase.allCases.count)
  private var current: StepPhase?
  private var since: UInt64 = 0
  /// Records every phase while steps are traced; a phase that encloses others is recorded from start to end.
  var record: PhaseRecord?
  private let progress: ProgressBoard

  /// - Parameter progress: receives every phase.
  package init(_ progress: ProgressBoard) { self.progress = progress }

  package func measure<Result>(_ phase: StepPhase, _ body: () throws -> Result) rethrows -> Result {
    let outer = current
    let start = `switch`(to: phase)
    defer {
      let end = `switch`(to: outer)
      record?.add(phase, from: start, to: end)
    }
    return try body()
  }

  package func seconds(_ phase: StepPhase) -> Double { Double(nanoseconds[phase.rawValue]) * 1e-9 }

  package func reset() { for i in nanoseconds.indices { nanoseconds[i] = 0 } }

  /// - Returns: now.
  private func `switch`(to phase: StepPhase?) -> UInt64 {
    let now = monotonicNanoseconds()
    if let current { nanoseconds[current.rawValue] += now - since }
    (current, since) = (phase, now)
    progress.enter(phase?.rankPhase ?? .betweenSteps)
    return now
  }
}
