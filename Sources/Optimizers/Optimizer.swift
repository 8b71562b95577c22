internal import Configuration
package import Kernels

/// Adam (Kingma & Ba 2015) with bias correction, AdamW (Loshchilov & Hutter 2019) or Adamax, over a contiguous run of
/// parameters, and the moving average of what it makes of them.
///
/// Adam: `m = b1 m + (1-b1) g`, `v = b2 v + (1-b2) g²`, `p -= rate / (1-b1^t) · m / (√v / √(1-b2^t) + eps)`. AdamW
/// multiplies p by `1 - rate · weight decay` first. Adamax: `u = max(b2 u, |g| + eps)`, `p -= rate / (1-b1^t) · m / u`.
package final class Optimizer {
  package let settings: OptimizerSettings
  package let state: OptimizerState

  package convenience init(count: Int, _ settings: OptimizerSettings = OptimizerSettings()) {
    self.init(OptimizerState(count: count, settings), settings)
  }

  /// Over a state that is there, such as one that ranks share.
  package init(_ state: OptimizerState, _ settings: OptimizerSettings) {
    precondition(state.firstMoment.count == state.secondMoment.count)
    (self.state, self.settings) = (state, settings)
  }

  /// One step on all parameters.
  /// - Parameters: values, changed in place, and as many gradients.
  package func update(_ step: OptimizerStep, values: FloatArena, gradients: FloatArena) {
    withUnsafePointer(to: gradients.base) {
      update(0..<values.count, step, values: values, gradients: UnsafeBufferPointer(start: $0, count: 1))
    }
  }

  /// One step on the parameters in `range`, whose gradient is the sum of several, added in pairs.
  /// - Parameters:
  ///   - values: all parameters, changed in place.
  ///   - gradients: where each of the gradients begins, for all parameters.
  package func update(
    _ range: Range<Int>, _ step: OptimizerStep, values: FloatArena,
    gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>
  ) {
    precondition(values.count == state.firstMoment.count && range.upperBound <= values.count)
    let optimizer = settings.optimizer
    let coefficients = AdamCoefficients(
      step: step.number, learningRate: step.learningRate, beta1: optimizer.beta1, beta2: optimizer.beta2,
      epsilon: optimizer.epsilon, gradientScale: step.gradientScale, weightDecay: optimizer.weightDecay)
    let (first, second) = (state.firstMoment.base, state.secondMoment.base)
    let (name, decay) = (optimizer.name, settings.averageDecay(step: step.number - 1))
    forEachSummedBlock(of: range, in: gradients) { start, count, gradients in
      switch name {
      case .adam, .adamw:
        adamStep(
          count: count, values: values.base + start, gradients: gradients, firstMoment: first + start,
          secondMoment: second + start, coefficients: coefficients)
      case .adamax:
        adamaxStep(
          count: count, values: values.base + start, gradients: gradients, firstMoment: first + start,
          norm: second + start, coefficients: coefficients)
      }
      if let average = state.average, let decay {
        updateMovingAverage(average.base + start, of: values.base + start, count: count, decay: decay)
      }
      state.rounded?.round(values.base + start, count: count, at: start)
    }
  }
}

/// What an optimiser remembers, one value a parameter each.
package struct OptimizerState {
  /// Running mean of the gradients.
  package let firstMoment: FloatArena
  /// Running mean of their squares; of Adamax the decaying maximum of their size.
  package let secondMoment: FloatArena
  /// Exponential moving average of the weights, if there is one.
  package let average: FloatArena?
  /// The weights rounded to bf16, if products read them so. Follows from the weights, so it is not saved.
  package let rounded: BF16Arena?

  package init(firstMoment: FloatArena, secondMoment: FloatArena, average: FloatArena?, rounded: BF16Arena?) {
    (self.firstMoment, self.secondMoment, self.average) = (firstMoment, secondMoment, average)
    self.rounded = rounded
  }

  /// Zeroed memory.
  package init(count: Int, _ settings: OptimizerSettings) {
    self.init(
      firstMoment: FloatArena(count: count), secondMoment: FloatArena(count: count),
      average: settings.averageDecay.map { _ in FloatArena(count: count) },
      rounded: settings.roundsWeights ? BF16Arena(count: count) : nil)
  }

  /// What is saved.
  package var arenas: [FloatArena] { [firstMoment, secondMoment] + (average.map { [$0] } ?? []) }
}
