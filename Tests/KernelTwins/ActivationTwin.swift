internal import Foundation
package import Kernels

extension Activation {
  package static let all: [Activation] = [.identity, .leakyReLU, .relu, .swish]

  /// The activation in double precision.
  package func twin(_ u: Double) -> Double {
    switch self {
    case .identity: u
    case .leakyReLU: u < 0 ? 0.01 * u : u
    case .relu: max(u, 0)
    case .swish: u / (1 + exp(-u))
    }
  }

  /// Its derivative by central differences: the third derivative and rounding leave an error below 1e-9.
  package func twinDerivative(_ u: Double) -> Double { (twin(u + 1e-6) - twin(u - 1e-6)) / 2e-6 }

  /// The activation in single precision.
  @inline(__always)
  func plain(_ u: Float) -> Float {
    switch self {
    case .identity: u
    case .leakyReLU: u < 0 ? 0.01 * u : u
    case .relu: max(u, 0)
    case .swish: u / (1 + exp(-u))
    }
  }

  @inline(__always)
  func plainDerivative(_ u: Float) -> Float {
    switch self {
    case .identity: return 1
    case .leakyReLU: return u > 0 ? 1 : 0.01
    case .relu: return u > 0 ? 1 : 0
    case .swish:
      let s = 1 / (1 + exp(-u))
      return s + u * s * (1 - s)
    }
  }
}

extension Twin {
  package static func addBias(
    _ bias: UnsafePointer<Float>?, to x: Matrix, activation: Activation, into y: Matrix
  ) {
    let columns = x.columns
    for r in 0..<x.rows {
      let (x, y) = (x.row(r), y.row(r))
      for c in 0..<columns {
        x[c] += bias?[c] ?? 0
        y[c] = activation.plain(x[c])
      }
    }
  }

  package static func activationBackward(_ activation: Activation, at u: Matrix, gradient: Matrix) {
    let columns = u.columns
    for r in 0..<u.rows {
      let (u, gradient) = (u.row(r), gradient.row(r))
      for c in 0..<columns { gradient[c] *= activation.plainDerivative(u[c]) }
    }
  }

  package static func biasGradient(_ gradient: Matrix, into bias: UnsafeMutablePointer<Float>, accumulating: Bool) {
    let columns = gradient.columns
    if !accumulating { bias.update(repeating: 0, count: columns) }
    for r in 0..<gradient.rows {
      let row = gradient.row(r)
      for c in 0..<columns { bias[c] += row[c] }
    }
  }
}
