/// The elementwise non-linearities, with the derivative each needs on the way back.
package enum Activation: Sendable {
  case identity
  /// x for x > 0, else 0.01 x.
  case leakyReLU
  case relu
  /// x · sigmoid(x).
  case swish

  /// Runs a kernel compiled for this activation: its loops do not ask which one it is for every eight numbers.
  func run(_ kernel: some ActivationKernel) {
    switch self {
    case .identity: kernel.run(Identity.self)
    case .leakyReLU: kernel.run(LeakyReLU.self)
    case .relu: kernel.run(ReLU.self)
    case .swish: kernel.run(Swish.self)
    }
  }
}

/// A loop over numbers that applies an activation to them.
protocol ActivationKernel {
  func run<Function: ActivationFunction>(_ function: Function.Type)
}

/// An activation and its derivative, eight numbers at a time.
protocol ActivationFunction {
  static func apply(_ u: Lanes) -> Lanes
  /// d/du at `u`, where the activation's value is `y`.
  static func derivative(_ u: Lanes, value y: Lanes) -> Lanes
}

private enum Identity: ActivationFunction {
  @inline(__always)
  static func apply(_ u: Lanes) -> Lanes { u }
  @inline(__always)
  static func derivative(_ u: Lanes, value y: Lanes) -> Lanes { Lanes(repeating: 1) }
}

private enum LeakyReLU: ActivationFunction {
  @inline(__always)
  static func apply(_ u: Lanes) -> Lanes { u.replacing(with: u * 0.01, where: u .< 0) }
  @inline(__always)
  static func derivative(_ u: Lanes, value y: Lanes) -> Lanes {
    Lanes(repeating: 1).replacing(with: 0.01, where: u .<= 0)
  }
}

private enum ReLU: ActivationFunction {
  @inline(__always)
  static func apply(_ u: Lanes) -> Lanes { u.replacing(with: 0, where: u .< 0) }
  @inline(__always)
  static func derivative(_ u: Lanes, value y: Lanes) -> Lanes {
    Lanes(repeating: 1).replacing(with: 0, where: u .<= 0)
  }
}

private enum Swish: ActivationFunction {
  @inline(__always)
  static func apply(_ u: Lanes) -> Lanes { u * VectorMath.sigmoid(u) }
  @inline(__always)
  static func derivative(_ u: Lanes, value y: Lanes) -> Lanes {
    // y / u is the sigmoid again, for a division instead of an exponential.
    let s = (y / u).replacing(with: 0.5, where: u .== 0)
    return s + y * (1 - s)
  }
}
