// R rows (batch rows, times positions for images), C channels.

/// `u = x + bias` in place and `y = activation(u)`; y may be x when the activation is the identity.
/// - Parameters: x and y `[R, C]`; bias, C floats or nil.
package func addBias(_ bias: UnsafePointer<Float>?, to x: Matrix, activation: Activation, into y: Matrix) {
  if bias == nil, case .identity = activation {
    precondition(x.base == y.base, "the identity works in place")
    return
  }
  forEachTile(rows: x.rows, columns: x.columns) { rows, column, width in
    let bias = bias.map { ($0 + column).lanes(width: width) } ?? Lanes()
    for r in rows {
      let u = (x.row(r) + column).lanes(width: width) + bias
      (x.row(r) + column).store(u, width: width)
      (y.row(r) + column).store(activation.apply(u), width: width)
    }
  }
}

/// Turns dL/dy into dL/du in place, `u` being the activation's input.
/// - Parameters: u and gradient `[R, C]`.
package func activationBackward(_ activation: Activation, at u: Matrix, gradient: Matrix) {
  if case .identity = activation { return }
  forEachTile(rows: u.rows, columns: u.columns) { rows, column, width in
    for r in rows {
      let derivative = activation.derivative((u.row(r) + column).lanes(width: width))
      let value = (gradient.row(r) + column).lanes(width: width) * derivative
      (gradient.row(r) + column).store(value, width: width)
    }
  }
}

/// Column sums: the gradient of a bias, set or added to.
/// - Parameters: gradient `[R, C]`; bias, C floats.
package func biasGradient(_ gradient: Matrix, into bias: UnsafeMutablePointer<Float>, accumulating: Bool) {
  if !accumulating { bias.update(repeating: 0, count: gradient.columns) }
  forEachTile(rows: gradient.rows, columns: gradient.columns) { rows, column, width in
    var sum = Lanes()
    for r in rows { sum += (gradient.row(r) + column).lanes(width: width) }
    (bias + column).store((bias + column).lanes(width: width) + sum, width: width)
  }
}
