import Kernels
import TestSupport

/// Memory for trials, filled with random numbers.
func matrix(_ rows: Int, _ columns: Int, _ range: ClosedRange<Double> = -1...1) -> Matrix {
  let matrix = FloatArena(count: rows * columns).matrix(rows: rows, columns: columns)
  var numbers = Numbers(seed: UInt64(rows * columns))
  for i in 0..<rows * columns { matrix.base[i] = Float(numbers.uniform(range)) }
  return matrix
}

func gaussian(_ rows: Int, _ latent: Int) -> DiagonalGaussian {
  DiagonalGaussian(mean: matrix(rows, latent), logvar: matrix(rows, latent, -2...1))
}

/// Never freed: a trial lasts as long as its program.
func doubles(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
  let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
  buffer.initialize(repeating: 0)
  return buffer
}

extension DiagonalGaussian {
  var matrices: [Matrix] { [mean, logvar] }
}
