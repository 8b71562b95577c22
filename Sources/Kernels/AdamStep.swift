internal import Foundation

/// The numbers of one Adam step that are the same for all parameters.
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

  /// - Parameter step: 1 for the first step.
  package init(step: UInt64, learningRate: Double, beta1: Double, beta2: Double, epsilon: Float) {
    self.beta1 = Float(beta1)
    self.beta2 = Float(beta2)
    weight1 = Float(1 - beta1)
    weight2 = Float(1 - beta2)
    self.epsilon = epsilon
    rate = Float(learningRate / (1 - pow(beta1, Double(step))))
    rootCorrection = Float(1 / (1 - pow(beta2, Double(step))).squareRoot())
  }
}

/// One Adam step over `count` parameters, in place.
package func adamStep(
  count: Int, values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
  firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>, coefficients c: AdamCoefficients
) {
  for i in 0..<count {
    let g = gradients[i]
    let m = c.beta1 * firstMoment[i] + c.weight1 * g
    let v = c.beta2 * secondMoment[i] + c.weight2 * g * g
    firstMoment[i] = m
    secondMoment[i] = v
    values[i] -= c.rate * m / (v.squareRoot() * c.rootCorrection + c.epsilon)
  }
}

/// One Adam step over a range of parameters whose gradient is the sum of several, added in pairs.
///
/// One pass over memory: the sums of a block are used while they are in the first-level cache. A block is the most that
/// Swift keeps on the stack instead of asking for memory.
/// - Parameters: as in `adamStep`, but from the first of all parameters on; only those in `range` are touched.
package func adamStep(
  range: Range<Int>, values: UnsafeMutablePointer<Float>,
  gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>, firstMoment: UnsafeMutablePointer<Float>,
  secondMoment: UnsafeMutablePointer<Float>, coefficients: AdamCoefficients
) {
  let block = 1024 / MemoryLayout<Float>.stride
  withUnsafeTemporaryAllocation(of: Float.self, capacity: block) { total in
    for start in stride(from: range.lowerBound, to: range.upperBound, by: block) {
      let count = min(block, range.upperBound - start)
      sum(count: count, of: gradients, offset: start, into: total.baseAddress!)
      adamStep(
        count: count, values: values + start, gradients: total.baseAddress!, firstMoment: firstMoment + start,
        secondMoment: secondMoment + start, coefficients: coefficients)
    }
  }
}
