package import Communication

/// Agreement of all ranks to stop after the same step: requests are flags in the step's message.
package final class StopAgreement {
  /// This rank's requests, checked before every message.
  package var requests: StopRequests?
  /// The cause that the ranks agreed on in the last step; nil to continue.
  package private(set) var cause: StopCause?
  private let message: StepMessage

  init(_ message: StepMessage) { self.message = message }

  /// To be called before the message of a step is summed.
  func raiseFlag() {
    if let own = requests?.cause { message.raise(.stop(own)) }
  }

  /// To be called after it was summed.
  func readFlags() {
    cause = StopCause.allCases.first { message.ranks(raising: .stop($0)) > 0 }
  }
}
