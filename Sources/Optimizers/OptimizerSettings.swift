package import Configuration

/// Which optimiser takes the steps, with its constants, and what it keeps besides: an average of the weights, or their
/// rounded copy.
package struct OptimizerSettings: Equatable, Sendable {
  package var optimizer = OptimizerConfiguration()
  /// The largest decay of the weights' exponential moving average; nil for no average.
  package var averageDecay: Double?
  /// Whether it also writes the weights rounded to bf16, for products of networks.
  package var roundsWeights = false

  package init() {}

  /// Floats that a step reads or writes for each parameter: the gradient once, weight, moments and average twice, and half
  /// of one for the rounded weight.
  package var floatsPerParameter: Double { 7 + (averageDecay == nil ? 0 : 2) + (roundsWeights ? 0.5 : 0) }

  /// The decay of the average at a step, counted from 0: `min(d, (1 + t) / (10 + t))`, so that it forgets its start.
  package func averageDecay(step: UInt64) -> Double? {
    averageDecay.map { min($0, Double(1 + step) / Double(10 + step)) }
  }
}

extension TrainingConfiguration {
  /// What the optimiser has to know.
  package var optimizerSettings: OptimizerSettings {
    var settings = OptimizerSettings()
    (settings.optimizer, settings.averageDecay, settings.roundsWeights) = (optimizer, emaDecay, precision == .bf16)
    return settings
  }
}

/// One step of the optimiser.
package struct OptimizerStep {
  /// 1 for the first; decides bias corrections.
  package var number: UInt64
  package var learningRate: Double
  /// What gradients are multiplied by first.
  package var gradientScale: Double

  package init(number: UInt64, learningRate: Double, gradientScale: Double = 1) {
    precondition(number >= 1)
    (self.number, self.learningRate, self.gradientScale) = (number, learningRate, gradientScale)
  }
}
