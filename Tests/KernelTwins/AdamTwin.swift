internal import Foundation
internal import Kernels

extension Twin {
  /// The settings of one step, as the paper writes them.
  package struct Adam {
    let step: Float
    let learningRate: Float

    package init(step: Int, learningRate: Double) {
      (self.step, self.learningRate) = (Float(step), Float(learningRate))
    }
  }

  /// With beta 0.9 and 0.999 and epsilon 1e-8; the gradient is the sum of several.
  package static func adamStep(
    count: Int, values: UnsafeMutablePointer<Float>, gradients: [UnsafeMutablePointer<Float>],
    firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>, _ adam: Adam
  ) {
    let (first, second) = (1 - pow(0.9, adam.step), 1 - pow(0.999, adam.step))
    for i in 0..<count {
      var g: Float = 0
      for gradient in gradients { g += gradient[i] }
      firstMoment[i] = 0.9 * firstMoment[i] + 0.1 * g
      secondMoment[i] = 0.999 * secondMoment[i] + 0.001 * g * g
      values[i] -= adam.learningRate * (firstMoment[i] / first) / ((secondMoment[i] / second).squareRoot() + 1e-8)
    }
  }

  /// Every number is smaller than `gradientBound` in size, which NaN is not.
  package static func areBounded(_ x: UnsafePointer<Float>, count: Int) -> Bool {
    for i in 0..<count where !(abs(x[i]) < gradientBound) { return false }
    return true
  }

  package static func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double {
    var total = 0.0
    for i in 0..<count { total += Double(x[i]) * Double(x[i]) }
    return total
  }

  package static func sum(
    count: Int, of terms: [UnsafeMutablePointer<Float>], into result: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<count {
      var total: Float = 0
      for term in terms { total += term[i] }
      result[i] = total
    }
  }
}
