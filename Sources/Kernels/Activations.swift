/// The elementwise non-linearities, with the derivative each needs on the way back.
package enum Activation: Sendable {
  case identity
  /// x for x > 0, else 0.01 x.
  case leakyReLU
  case relu
  /// x · sigmoid(x).
  case swish

  @inline(__always)
  func apply(_ u: Lanes) -> Lanes {
    switch self {
    case .identity: u
    case .leakyReLU: u.replacing(with: u * 0.01, where: u .< 0)
    case .relu: u.replacing(with: 0, where: u .< 0)
    case .swish: u * VectorMath.sigmoid(u)
    }
  }

  /// d/du at `u`.
  @inline(__always)
  func derivative(_ u: Lanes) -> Lanes {
    switch self {
    case .identity: return Lanes(repeating: 1)
    case .leakyReLU: return Lanes(repeating: 1).replacing(with: 0.01, where: u .<= 0)
    case .relu: return Lanes(repeating: 1).replacing(with: 0, where: u .<= 0)
    case .swish:
      let s = VectorMath.sigmoid(u)
      return s + u * s * (1 - s)
    }
  }
}
