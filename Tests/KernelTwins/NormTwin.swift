package import Kernels

/// Batch normalisation in double precision, one channel a column.
package struct NormTwin {
  package let x: Table
  package let gain: [Double]
  package let shift: [Double]
  package let activation: Activation

  package init(x: Table, gain: [Double], shift: [Double], activation: Activation) {
    (self.x, self.gain, self.shift, self.activation) = (x, gain, shift, activation)
  }

  package var channels: Int { gain.count }
  package var means: [Double] { (0..<channels).map { c in x.reduce(0) { $0 + $1[c] } / Double(x.count) } }
  package var inverseDeviations: [Double] {
    let means = means
    return (0..<channels).map { c in
      let variance = x.reduce(0) { $0 + ($1[c] - means[c]) * ($1[c] - means[c]) } / Double(x.count)
      return 1 / (variance + 1e-5).squareRoot()
    }
  }

  package var output: Table {
    let (means, inverses) = (means, inverseDeviations)
    return table(x.count, channels) { r, c in
      activation.twin((x[r][c] - means[c]) * inverses[c] * gain[c] + shift[c])
    }
  }
}

extension Twin {
  package static func batchSums(_ x: Matrix, into sums: UnsafeMutablePointer<Double>) {
    let columns = x.columns
    sums.update(repeating: 0, count: 2 * columns)
    for r in 0..<x.rows {
      let row = x.row(r)
      for c in 0..<columns {
        let value = Double(row[c])
        sums[c] += value
        sums[columns + c] += value * value
      }
    }
  }

  package static func normalize(_ x: Matrix, norm: ChannelNorm, activation: Activation, into y: Matrix) {
    let (columns, mean, scale, shift) = (x.columns, norm.mean, norm.scale, norm.shift)
    for r in 0..<x.rows {
      let (x, y) = (x.row(r), y.row(r))
      for c in 0..<columns { y[c] = activation.plain((x[c] - mean[c]) * scale[c] + shift[c]) }
    }
  }

  package static func normBackwardSums(
    _ x: Matrix, norm: ChannelNorm, activation: Activation, gradient: Matrix, sums: UnsafeMutablePointer<Double>
  ) {
    let (columns, mean, inverse, scale, shift) = (
      x.columns, norm.mean, norm.inverseDeviation, norm.scale, norm.shift
    )
    sums.update(repeating: 0, count: 2 * columns)
    for r in 0..<x.rows {
      let (x, gradient) = (x.row(r), gradient.row(r))
      for c in 0..<columns {
        gradient[c] *= activation.plainDerivative((x[c] - mean[c]) * scale[c] + shift[c])
        sums[c] += Double(gradient[c])
        sums[columns + c] += Double(gradient[c] * (x[c] - mean[c]) * inverse[c])
      }
    }
  }

  package static func normBackward(
    _ x: Matrix, norm: ChannelNorm, gradient: Matrix, sums: UnsafePointer<Double>, count: Int
  ) {
    let (columns, mean, inverse, scale) = (x.columns, norm.mean, norm.inverseDeviation, norm.scale)
    for r in 0..<x.rows {
      let (x, gradient) = (x.row(r), gradient.row(r))
      for c in 0..<columns {
        let meanGradient = Float(sums[c] / Double(count))
        let meanProduct = Float(sums[columns + c] / Double(count))
        gradient[c] = scale[c] * (gradient[c] - meanGradient - (x[c] - mean[c]) * inverse[c] * meanProduct)
      }
    }
  }
}
