/// Whether any rank was asked to stop. All ranks hear of it at the same time: it travels with a sum that they make
/// anyway.
package final class StopAgreement {
  /// Asked before every sum; a rank may also be asked for others.
  package var watch: StopWatch?
  /// What the ranks agreed on in the last sum.
  package private(set) var cause: StopCause?
  /// The terms, then how many ranks were asked by each cause.
  private let message: UnsafeMutableBufferPointer<Double>

  package init(termCount: Int) {
    message = .allocate(capacity: termCount + StopCause.allCases.count)
  }

  deinit { message.deallocate() }

  /// Bytes of the message.
  package var byteCount: Int { UnsafeRawBufferPointer(message).count }

  /// Sums `terms` over all ranks, and with them what asks ranks to stop.
  func sum(
    _ terms: UnsafeMutableBufferPointer<Double>, by sum: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows {
    let causes = UnsafeMutableBufferPointer(rebasing: message[terms.count...])
    message.baseAddress!.update(from: terms.baseAddress!, count: terms.count)
    causes.update(repeating: 0)
    if let own = watch?.cause { causes[own.rawValue] = 1 }
    try sum(message)
    terms.baseAddress!.update(from: message.baseAddress!, count: terms.count)
    cause = causes.firstIndex { $0 > 0 }.flatMap { StopCause(rawValue: $0) }
  }
}
