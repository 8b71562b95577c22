/// How the learning rate follows the batch size: a batch that is k times as large has a gradient with less noise, and
/// there are as many times fewer steps.
package enum RateScaling: String, CaseIterable, Sendable {
  /// √k times the rate, which keeps the noise of Adam's steps (Malladi et al. 2022).
  case sqrt
  /// k times the rate (Goyal et al. 2017).
  case linear

  func factor(of ratio: Double) -> Double {
    switch self {
    case .sqrt: ratio.squareRoot()
    case .linear: ratio
    }
  }
}

extension TrainingConfiguration {
  /// The learning rate for another batch size.
  package func scaledRate(_ rule: RateScaling, toBatchSize size: Int) -> Double {
    learningRate * rule.factor(of: Double(size) / Double(batchSize))
  }
}

extension RunConfiguration {
  /// Scales the learning rate from the batch size that it was chosen for to that of the configuration. A rate that grows
  /// is warmed up over a tenth of the epochs, at most five, unless a warm-up is configured.
  /// - Parameters:
  ///   - batchSize: the one that the rate was chosen for.
  ///   - rows: of training, which decide the steps of an epoch.
  /// - Returns: what was done, as a sentence for people.
  package mutating func scaleRate(_ rule: RateScaling, from batchSize: Int, rows: Int) -> String {
    let (old, ratio) = (training.learningRate, Double(training.batchSize) / Double(batchSize))
    training.learningRate *= rule.factor(of: ratio)
    if ratio > 1, training.schedule.warmUpSteps == 0 {
      let stepsPerEpoch = (rows + training.batchSize - 1) / training.batchSize
      training.schedule.warmUpSteps = stepsPerEpoch * max(1, min(5, training.epochs / 10))
    }
    let warmUp = training.schedule.warmUpSteps
    return
      "learning rate \(training.learningRate), scaled (\(rule.rawValue)) from \(old) for batches of \(batchSize) to "
      + "batches of \(training.batchSize)" + (warmUp > 0 ? ", after a warm-up of \(warmUp) steps" : "")
  }
}
