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

  /// d/du at `u`, where the activation's value is `y`.
  @inline(__always)
  func derivative(_ u: Lanes, value y: Lanes) -> Lanes {
    switch self {
    case .identity: return Lanes(repeating: 1)
    case .leakyReLU: return Lanes(repeating: 1).replacing(with: 0.01, where: u .<= 0)
    case .relu: return Lanes(repeating: 1).replacing(with: 0, where: u .<= 0)
    case .swish:
      // y / u is the sigmoid again, for a division instead of an exponential.
      let s = (y / u).replacing(with: 0.5, where: u .== 0)
      return s + y * (1 - s)
    }
  }
}
