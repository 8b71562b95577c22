internal import Foundation

/// The numbers of one step of Adam, AdamW or Adamax that are the same for all parameters.
package struct AdamCoefficients {
  let beta1: Float
  let beta2: Float
  /// 1 - beta, subtracted in double precision: 1 - Float(0.999) is off by 1e-5 of itself.
  let weight1: Float
  let weight2: Float
  /// Learning rate over the first moment's bias correction.
  let rate: Float
  /// Reciprocal root of the second moment's bias correction.
  let rootCorrection: Float
  let epsilon: Float
  /// What gradients are multiplied by: below 1 where they are clipped.
  let gradientScale: Float
  /// What parameters are multiplied by before the step: below 1 where they decay.
  let retention: Float

  /// - Parameters:
  ///   - step: 1 for the first step.
  ///   - weightDecay: of AdamW.
  package init(
    step: UInt64, learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, gradientScale: Double = 1,
    weightDecay: Double = 0
  ) {
    self.beta1 = Float(beta1)
    self.beta2 = Float(beta2)
    weight1 = Float(1 - beta1)
    weight2 = Float(1 - beta2)
    self.epsilon = Float(epsilon)
    self.gradientScale = Float(gradientScale)
    retention = Float(1 - learningRate * weightDecay)
    rate = Float(learningRate / (1 - pow(beta1, Double(step))))
    rootCorrection = Float(1 / (1 - pow(beta2, Double(step))).squareRoot())
  }
}

/// Moments whose gradient stays zero would end as the smallest subnormal numbers, which never decay any more and which many
/// processors multiply a hundred times more slowly.
@inline(__always)
private func flushed(_ moment: Float) -> Float { abs(moment) < .leastNormalMagnitude ? 0 : moment }

/// One step of Adam or AdamW over `count` parameters, in place.
package func adamStep(
  count: Int, values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
  firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>, coefficients c: AdamCoefficients
) {
  for i in 0..<count {
    let g = c.gradientScale * gradients[i]
    let m = c.beta1 * firstMoment[i] + c.weight1 * g
    let v = c.beta2 * secondMoment[i] + c.weight2 * g * g
    firstMoment[i] = flushed(m)
    secondMoment[i] = flushed(v)
    values[i] = c.retention * values[i] - c.rate * m / (v.squareRoot() * c.rootCorrection + c.epsilon)
  }
}

/// One step of Adamax over `count` parameters, in place.
/// - Parameter norm: the decaying maximum of the gradients' size, in place of the second moment.
package func adamaxStep(
  count: Int, values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
  firstMoment: UnsafeMutablePointer<Float>, norm: UnsafeMutablePointer<Float>, coefficients c: AdamCoefficients
) {
  for i in 0..<count {
    let g = c.gradientScale * gradients[i]
    let m = c.beta1 * firstMoment[i] + c.weight1 * g
    let decayed = c.beta2 * norm[i]
    let size = abs(g) + c.epsilon
    // Not `max`, which is a call for what is not a number.
    let u = decayed > size ? decayed : size
    firstMoment[i] = flushed(m)
    norm[i] = u
    values[i] -= c.rate * m / u
  }
}
