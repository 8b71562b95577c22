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

/// Turns dL/dy into dL/du in place, `u` being the activation's input and `y` its output.
/// - Parameters: u, y and gradient `[R, C]`, each without gaps between rows.
package func activationBackward(_ activation: Activation, at u: Matrix, value y: Matrix, gradient: Matrix) {
  if case .identity = activation { return }
  precondition(u.isContiguous && y.isContiguous && gradient.isContiguous, "rows must lie one after another")
  precondition(u.count == gradient.count && y.count == gradient.count, "shapes do not fit")
  let (u, y, d) = (u.base, y.base, gradient.base)
  forEachLaneGroup(gradient.count) { i in
    (d + i).lanes = (d + i).lanes * activation.derivative((u + i).lanes, value: (y + i).lanes)
  } rest: { i, n in
    let derivative = activation.derivative((u + i).partialLanes(n), value: (y + i).partialLanes(n))
    (d + i).store((d + i).partialLanes(n) * derivative, first: n)
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
