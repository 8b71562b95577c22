/// Whether any rank was asked to stop. All ranks hear of it at the same time: it travels with the message of a step.
package final class StopAgreement {
  /// Asked before every message.
  package var watch: StopWatch?
  /// What the ranks agreed on in the last step.
  package private(set) var cause: StopCause?
  private let message: StepMessage

  init(_ message: StepMessage) { self.message = message }

  /// Before the message of a step.
  func ask() {
    if let own = watch?.cause { message.raise(.stop(own)) }
  }

  /// After it.
  func hear() {
    cause = nil
    for place in (0..<StopCause.count).reversed() {
      if let cause = StopCause(rawValue: place), message.ranks(raising: .stop(cause)) > 0 { self.cause = cause }
    }
  }
}
