/// How long a step takes, and what takes it. Seconds.
package struct StepPrediction: Equatable, Sendable {
  /// Forward and backward pass.
  package var arithmetic = 0.0
  /// Sums of batch norms and terms.
  package var sums = 0.0
  /// What gradients cost beside the arithmetic: adding them up, sending and receiving, and waiting for the rest.
  package var gradients = 0.0
  package var optimizer = 0.0

  package var step: Double { arithmetic + sums + gradients + optimizer }
  /// The part of a step in which a rank does what one rank alone would not do.
  package var exchangeShare: Double { (sums + gradients) / step }
}
