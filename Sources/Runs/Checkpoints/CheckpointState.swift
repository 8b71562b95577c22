/// The metadata of a checkpoint: everything but its tensors.
package struct CheckpointState: Equatable, Sendable {
  /// Epochs completed.
  package var epoch: Int
  /// Optimiser steps taken.
  package var step: UInt64
  /// The seed that everything random follows from.
  package var seed: UInt64
  /// The resolved configuration, as YAML.
  package var configuration: String
  /// Fingerprint of the data it was trained on.
  package var dataFingerprint: String
  /// The epoch with the highest validation ELBO so far, and that ELBO; nil without validation rows.
  package var best: Best?
  /// The current epoch's progress; nil at the end of an epoch.
  package var progress: EpochProgress?

  package struct Best: Equatable, Sendable {
    package var epoch: Int
    package var elbo: Double

    package init(epoch: Int, elbo: Double) { (self.epoch, self.elbo) = (epoch, elbo) }
  }

  package init(
    epoch: Int, step: UInt64, seed: UInt64, configuration: String, dataFingerprint: String, best: Best?,
    progress: EpochProgress? = nil
  ) {
    (self.epoch, self.step, self.seed, self.best) = (epoch, step, seed, best)
    (self.configuration, self.dataFingerprint, self.progress) = (configuration, dataFingerprint, progress)
  }

  package var id: CheckpointID {
    progress == nil ? .end(ofEpoch: epoch) : .step(step, inEpoch: epoch + 1)
  }
}

/// What the completed steps of an epoch add up to.
package struct EpochProgress: Equatable, Sendable {
  /// The objective's terms, summed over the rows of those steps.
  package var termSums: [Double]
  /// Their duration, over all sessions.
  package var seconds: Double

  package init(termSums: [Double], seconds: Double = 0) { (self.termSums, self.seconds) = (termSums, seconds) }
}
