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
  /// The epoch with the highest validation ELBO so far, whether or not its checkpoint could be written: what early
  /// stopping goes by.
  package var highest: Best?
  /// Of a learning rate that falls on plateaus.
  package var plateau = PlateauState()

  package struct Best: Equatable, Sendable {
    package var epoch: Int
    package var elbo: Double

    package init(epoch: Int, elbo: Double) { (self.epoch, self.elbo) = (epoch, elbo) }
  }

  package init(
    epoch: Int, step: UInt64, seed: UInt64, configuration: String, dataFingerprint: String, best: Best?,
    progress: EpochProgress? = nil
  ) {
    (self.epoch, self.step, self.seed, self.best, highest) = (epoch, step, seed, best, best)
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
  package var gradientNorms = GradientNorms()

  package init(termSums: [Double], seconds: Double = 0) { (self.termSums, self.seconds) = (termSums, seconds) }
}

/// Norms of the gradients of an epoch's steps, of those that measured them.
package struct GradientNorms: Equatable, Sendable {
  package private(set) var sum = 0.0
  package private(set) var count = 0
  /// How many were longer than the norm that they are clipped to.
  package private(set) var clipped = 0

  package init() {}

  /// Nil if none was measured.
  package var mean: Double? { count > 0 ? sum / Double(count) : nil }
  package var clippedFraction: Double? { count > 0 ? Double(clipped) / Double(count) : nil }

  package mutating func add(_ norm: Double, clipNorm: Double?) {
    sum += norm
    count += 1
    if let clipNorm, norm > clipNorm { clipped += 1 }
  }
}

extension GradientNorms {
  /// The text in a checkpoint's metadata; reading it gives the same bits.
  var text: String { "\(sum) \(count) \(clipped)" }

  init?(text: String) {
    let words = text.split(separator: " ")
    guard words.count == 3, let sum = Double(words[0]), let count = Int(words[1]), let clipped = Int(words[2]),
      0...count ~= clipped
    else { return nil }
    (self.sum, self.count, self.clipped) = (sum, count, clipped)
  }
}
