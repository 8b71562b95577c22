/// What a rank is doing, for the others to name when they wait for it in vain.
package enum Activity: Int64, Sendable {
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

/// How far a rank has come.
package struct Place: Equatable, Sendable {
  /// The step it takes or will take next, counted from 1; 0 where there are no steps.
  package var step: Int64
  package var activity: Activity

  package init(step: Int64, _ activity: Activity) { (self.step, self.activity) = (step, activity) }

  /// As one number, such as other ranks see it in shared memory.
  package var packed: Int64 { step << 8 | activity.rawValue }

  package init(packed: Int64) {
    self.init(step: packed >> 8, Activity(rawValue: packed & 0xFF) ?? .starting)
  }
}

extension Place: CustomStringConvertible {
  package var description: String {
    let after = step > 1 ? " after step \(step - 1)" : ""
    return switch activity {
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
