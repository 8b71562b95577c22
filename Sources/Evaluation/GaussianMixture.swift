/// A mixture of Gaussians with full covariances, in double precision.
package struct GaussianMixture: Codable, Sendable {
  package struct Component: Codable, Sendable {
    package var weight: Double
    package var mean: [Double]
    /// The lower triangle L of the covariance L Lᵀ, row after row, each with all its columns.
    package var factor: [Double]

    package init(weight: Double, mean: [Double], factor: [Double]) {
      (self.weight, self.mean, self.factor) = (weight, mean, factor)
    }
  }

  package let dimensions: Int
  package internal(set) var components: [Component]

  package init(dimensions: Int, components: [Component]) {
    (self.dimensions, self.components) = (dimensions, components)
  }

  /// N(0, I).
  static func standard(_ dimensions: Int) -> GaussianMixture {
    let identity = (0..<dimensions * dimensions).map { $0 % (dimensions + 1) == 0 ? 1.0 : 0 }
    let component = Component(weight: 1, mean: [Double](repeating: 0, count: dimensions), factor: identity)
    return GaussianMixture(dimensions: dimensions, components: [component])
  }

  /// The mean of log p(x), in nats.
  /// - Parameter points: one after the other, at least one.
  package func meanLogDensity(_ points: [Double]) -> Double {
    MixturePass(self).run(points)
  }

  /// A draw: the component that `uniform` falls into, and in it the point that `noise` stands for.
  /// - Parameters:
  ///   - uniform: from 0 to 1.
  ///   - noise: standard normal numbers, one for each dimension; the draw takes their place.
  package func draw(uniform: Double, noise: inout [Double]) {
    var rest = uniform
    let chosen = components.firstIndex { component in
      rest -= component.weight
      return rest < 0
    }
    let component = components[chosen ?? components.count - 1]
    for i in (0..<dimensions).reversed() {
      noise[i] = (0...i).reduce(component.mean[i]) { $0 + component.factor[i * dimensions + $1] * noise[$1] }
    }
  }
}
