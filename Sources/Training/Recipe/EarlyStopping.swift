package import Configuration

extension TrainingConfiguration {
  /// Whether training ends after an epoch because the validation ELBO has not become better for long enough. A function
  /// of what a checkpoint holds.
  /// - Parameters:
  ///   - epoch: completed epochs.
  ///   - bestEpoch: the one with the highest validation ELBO; nil if none has a finite one.
  package func stopsEarly(after epoch: Int, bestEpoch: Int?, stepsPerEpoch: Int) -> Bool {
    guard let earlyStoppingPatience else { return false }
    return epoch >= max(warmUpEnd(stepsPerEpoch: stepsPerEpoch), bestEpoch ?? 0) + earlyStoppingPatience
  }

  /// The epoch in which rate and divergences have their full weight.
  func warmUpEnd(stepsPerEpoch: Int) -> Int {
    max(warmUp.modality ?? 0, warmUp.core, (schedule.warmUpSteps + stepsPerEpoch - 1) / stepsPerEpoch)
  }
}
