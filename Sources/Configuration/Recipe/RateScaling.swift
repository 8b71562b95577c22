/// How the learning rate follows the batch size: a batch that is k times as large has a gradient with less noise, and
/// there are as many times fewer steps.
package enum RateScaling: String, CaseIterable, Sendable {
  /// √k times the rate, which keeps the noise of Adam's steps (Malladi et al. 2022).
  case sqrt
  /// k times the rate (Goyal et al. 2017).
  case linear

  private func factor(of ratio: Double) -> Double {
    switch self {
    case .sqrt: ratio.squareRoot()
    case .linear: ratio
    }
  }

  /// The learning rate for a batch size.
  /// - Parameter preset: holds a rate, and the batch size that it was chosen for.
  package func rate(of preset: TrainingConfiguration, forBatchSize size: Int) -> Double {
    preset.learningRate * factor(of: Double(size) / Double(preset.batchSize))
  }
}

extension RunConfiguration {
  /// Scales the learning rate of a preset from its batch size to that of this configuration. For a larger batch the rate
  /// is warmed up over a tenth of the epochs, from one to five, unless a warm-up is configured.
  /// - Parameters:
  ///   - preset: what the configuration was made from.
  ///   - rows: of training, which decide the steps of an epoch.
  /// - Returns: what was done, as a sentence for people.
  /// - Throws: `ConfigurationError` when the rate is no longer the preset's: it may have been chosen for any batch.
  package mutating func scaleRate(
    _ rule: RateScaling, from preset: RunConfiguration, rows: Int
  ) throws(ConfigurationError) -> String {
    guard training.learningRate == preset.training.learningRate else {
      throw ConfigurationError(
        key: "training.learning_rate",
        "--scale-rate scales the preset's \(preset.training.learningRate), and another rate is configured; leave out one"
      )
    }
    let (size, old) = (training.batchSize, preset.training.batchSize)
    training.learningRate = rule.rate(of: preset.training, forBatchSize: size)
    if size > old, training.schedule.warmUpSteps == 0 {
      let stepsPerEpoch = (rows + size - 1) / size
      training.schedule.warmUpSteps = stepsPerEpoch * max(1, min(5, training.epochs / 10))
    }
    let warmUp = training.schedule.warmUpSteps
    return "learning rate \(training.learningRate), scaled (\(rule.rawValue)) from \(preset.training.learningRate) for "
      + "batches of \(old) to batches of \(size)" + (warmUp > 0 ? ", after a warm-up of \(warmUp) steps" : "")
  }
}
