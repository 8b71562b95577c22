import Foundation
import Kernels

extension Activation {
  static let all: [Activation] = [.identity, .leakyReLU, .relu, .swish]

  /// The activation in double precision.
  func twin(_ u: Double) -> Double {
    switch self {
    case .identity: u
    case .leakyReLU: u < 0 ? 0.01 * u : u
    case .relu: max(u, 0)
    case .swish: u / (1 + exp(-u))
    }
  }

  /// Its derivative by central differences: the third derivative and rounding leave an error below 1e-9.
  func twinDerivative(_ u: Double) -> Double { (twin(u + 1e-6) - twin(u - 1e-6)) / 2e-6 }
}

/// Inputs that keep away from 0, where two of the activations have a kink that central differences would cross.
func randomInputs(_ rows: Int, _ columns: Int, seed: UInt64) -> Table {
  randomTable(rows, columns, -6...6, seed: seed).map { $0.map { abs($0) < 1e-3 ? 0.5 : $0 } }
}
