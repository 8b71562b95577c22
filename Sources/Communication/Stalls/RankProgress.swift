/// What a rank is doing, for the error message of the ranks that wait for it.
package enum RankPhase: Int64, Sendable {
  case starting
  case input
  case forward
  case backward
  case normExchange
  case gradientExchange
  case optimizer
  case betweenSteps
  case validation
  case comparison
  case saving
  case sampling
  case evaluation
}

/// How far a rank has got: its step and phase (NCCL's flight recorder keeps the same).
package struct RankProgress: Equatable, Sendable {
  /// The current or next step, counted from 1; 0 where there are no steps.
  package var step: Int64
  package var phase: RankPhase

  package init(step: Int64, _ phase: RankPhase) { (self.step, self.phase) = (step, phase) }

  /// As one number, which fits an atomic store to shared memory.
  package var packed: Int64 { step << 8 | phase.rawValue }

  package init(packed: Int64) {
    self.init(step: packed >> 8, RankPhase(rawValue: packed & 0xFF) ?? .starting)
  }
}

extension RankProgress: CustomStringConvertible {
  package var description: String {
    let after = step > 1 ? " after step \(step - 1)" : ""
    return switch phase {
    case .starting: "the start"
    case .input: "step \(step), reading of rows"
    case .forward: "step \(step), forward pass"
    case .backward: "step \(step), backward pass"
    case .normExchange: "step \(step), exchange of batch norms"
    case .gradientExchange: "step \(step), exchange of gradients"
    case .optimizer: "step \(step), Adam"
    case .betweenSteps: step > 1 ? "the end of step \(step - 1)" : "the first step"
    case .validation: "validation\(after)"
    case .comparison: "the comparison of replicas\(after)"
    case .saving: "the writing of a checkpoint\(after)"
    case .sampling: "the drawing of pictures\(after)"
    case .evaluation: "evaluation"
    }
  }
}
