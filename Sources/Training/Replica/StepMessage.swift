package import Communication

/// What the ranks sum once in every step, before weights change: the terms of the objective,
/// flags, and the squared norm of the gradient.
///
/// A flag costs no message of its own, and all ranks see it in the same step.
package final class StepMessage {
  /// What a rank may signal to all others. Each flag has an index behind the terms.
  package enum Flag {
    /// This rank received a stop request: all stop together after this step.
    case stop(StopCause)
    /// This rank's loss or gradient is not finite: no rank may take the step.
    case nonFinite

    fileprivate var index: Int {
      switch self {
      case .stop(let cause): cause.rawValue
      case .nonFinite: StopCause.allCases.count
      }
    }
  }

  private static let flagCount = StopCause.allCases.count + 1

  /// Numbers of the message: terms, flags, and the squared norm.
  package static func count(terms: Int) -> Int { terms + flagCount + 1 }

  /// What travels: of this rank before the sum, of all ranks after it.
  package let values: UnsafeMutableBufferPointer<Double>
  private let termCount: Int
  /// By flag: 1 if this rank has raised it since the last message, else 0.
  private var raised = [Double](repeating: 0, count: flagCount)

  package init(terms: Int) {
    termCount = terms
    values = .allocate(capacity: Self.count(terms: terms))
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }

  /// The terms, summed over the rows of all ranks once the message has been.
  package var terms: UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(rebasing: values[..<termCount])
  }

  /// The squared norm of the gradient, 0 where it is not measured: this rank's share of it before the sum, all of it
  /// after the sum.
  package var squaredNorm: Double {
    get { values[values.count - 1] }
    set { values[values.count - 1] = newValue }
  }

  /// Sends a flag with the next message.
  package func raise(_ flag: Flag) { raised[flag.index] = 1 }

  /// How many ranks had raised a flag before the last message; the same on all ranks.
  package func ranks(raising flag: Flag) -> Int { Int(values[termCount + flag.index]) }

  /// Fills in this rank's terms and flags. Validation, with one draw a row, has no gain of several: that is 0.
  package func prepare(_ own: UnsafeMutableBufferPointer<Double>) {
    for i in 0..<termCount { values[i] = i < own.count ? own[i] : 0 }
    for i in raised.indices {
      values[termCount + i] = raised[i]
      raised[i] = 0
    }
  }
}
