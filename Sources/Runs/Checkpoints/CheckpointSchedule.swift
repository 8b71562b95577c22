/// When checkpoints are written besides those at the ends of epochs.
package struct CheckpointSchedule: Equatable, Sendable {
  /// After every so many steps since training began.
  package var everySteps: Int?
  /// When so much time has gone by since the last one, on rank 0's clock.
  package var every: Duration?

  package init(everySteps: Int? = nil, every: Duration? = nil) { (self.everySteps, self.every) = (everySteps, every) }

  func isDue(step: UInt64, sinceLast: Duration) -> Bool {
    everySteps.map { step % UInt64($0) == 0 } ?? false || every.map { sinceLast >= $0 } ?? false
  }
}
