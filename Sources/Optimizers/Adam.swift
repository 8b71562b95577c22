package import Kernels

/// Adam (Kingma & Ba 2015) with bias correction, over a contiguous run of parameters.
///
/// `m = b1 m + (1-b1) g`, `v = b2 v + (1-b2) g²`, `p -= rate / (1-b1^t) · m / (√v / √(1-b2^t) + eps)`.
package final class Adam {
  package static let beta1 = 0.9
  package static let beta2 = 0.999
  package static let epsilon: Float = 1e-8

  /// Running mean of the gradients, one value a parameter.
  package let firstMoment: FloatArena
  /// Running mean of their squares.
  package let secondMoment: FloatArena

  package convenience init(count: Int) {
    self.init(firstMoment: FloatArena(count: count), secondMoment: FloatArena(count: count))
  }

  /// Over moments that begin at zero.
  package init(firstMoment: FloatArena, secondMoment: FloatArena) {
    precondition(firstMoment.count == secondMoment.count)
    (self.firstMoment, self.secondMoment) = (firstMoment, secondMoment)
  }

  /// One step on all parameters.
  /// - Parameters:
  ///   - step: 1 for the first step; decides the bias correction.
  ///   - values: the parameters, changed in place.
  ///   - gradients: as many gradients.
  package func update(step: UInt64, learningRate: Double, values: FloatArena, gradients: FloatArena) {
    precondition(step >= 1 && values.count == firstMoment.count && gradients.count == firstMoment.count)
    adamStep(
      count: values.count, values: values.base, gradients: gradients.base, firstMoment: firstMoment.base,
      secondMoment: secondMoment.base, coefficients: AdamCoefficients(step: step, learningRate: learningRate))
  }

  /// One step on the parameters in `range`, whose gradient is the sum of several, added in pairs.
  /// - Parameter gradients: where each of them begins, for all parameters.
  package func update(
    _ range: Range<Int>, step: UInt64, learningRate: Double, values: FloatArena,
    gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>
  ) {
    precondition(step >= 1 && values.count == firstMoment.count && range.upperBound <= values.count)
    adamStep(
      range: range, values: values.base, gradients: gradients, firstMoment: firstMoment.base,
      secondMoment: secondMoment.base, coefficients: AdamCoefficients(step: step, learningRate: learningRate))
  }
}

extension AdamCoefficients {
  init(step: UInt64, learningRate: Double) {
    self.init(
      step: step, learningRate: learningRate, beta1: Adam.beta1, beta2: Adam.beta2, epsilon: Adam.epsilon)
  }
}
