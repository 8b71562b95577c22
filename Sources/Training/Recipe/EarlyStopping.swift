package import Configuration

extension TrainingConfiguration {
  /// Whether training ends after an epoch because the validation ELBO has not become better for long enough. A function
  /// of what a checkpoint holds.
  /// - Parameters:
  ///   - epoch: completed epochs.
  ///   - bestEpoch: the one with the highest validation ELBO; nil if none has a finite one.
  package func stopsEarly(after epoch: Int, bestEpoch: Int?, stepsPerEpoch: Int) -> Bool {
    guard let earlyStoppingPatience else { return false }
    let rateWarmUp = (schedule.warmUpSteps + stepsPerEpoch - 1) / stepsPerEpoch
    let warmUpEnd = max(warmUp.modality ?? 0, warmUp.core, rateWarmUp)
    return epoch >= max(warmUpEnd, bestEpoch ?? 0) + earlyStoppingPatience
  }
}
