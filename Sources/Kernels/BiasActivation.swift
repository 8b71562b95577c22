// R rows (batch rows, times positions for images), C channels.

/// `u = x + bias` in place and `y = activation(u)`; y may be x when the activation is the identity.
/// - Parameters: x and y `[R, C]`; bias, C floats or nil.
package func addBias(_ bias: UnsafePointer<Float>?, to x: Matrix, activation: Activation, into y: Matrix) {
  if let bias {
    activation.run(BiasActivation(bias: bias, x: x, y: y))
  } else if case .identity = activation {
    precondition(x.base == y.base, "the identity works in place")
  } else {
    precondition(x.isContiguous && y.isContiguous && x.count == y.count, "rows must lie one after another")
    activation.run(PlainActivation(u: x, y: y))
  }
}

/// Turns dL/dy into dL/du in place, `u` being the activation's input and `y` its output.
/// - Parameters: u, y and gradient `[R, C]`, each without gaps between rows.
package func activationBackward(_ activation: Activation, at u: Matrix, value y: Matrix, gradient: Matrix) {
  if case .identity = activation { return }
  precondition(u.isContiguous && y.isContiguous && gradient.isContiguous, "rows must lie one after another")
  precondition(u.count == gradient.count && y.count == gradient.count, "shapes do not fit")
  activation.run(ActivationBackward(u: u.base, y: y.base, gradient: gradient))
}

private struct BiasActivation: ActivationKernel {
  let bias: UnsafePointer<Float>
  let x: Matrix
  let y: Matrix

  func run<Function: ActivationFunction>(_ function: Function.Type) {
    forEachTile(rows: x.rows, columns: x.columns) { rows, column, width in
      let bias = (bias + column).lanes(width: width)
      for r in rows {
        let u = (x.row(r) + column).lanes(width: width) + bias
        (x.row(r) + column).store(u, width: width)
        (y.row(r) + column).store(Function.apply(u), width: width)
      }
    }
  }
}

private struct PlainActivation: ActivationKernel {
  let u: Matrix
  let y: Matrix

  func run<Function: ActivationFunction>(_ function: Function.Type) {
    mapLanes(u.base, into: y.base, count: u.count) { Function.apply($0) }
  }
}

private struct ActivationBackward: ActivationKernel {
  let u: UnsafePointer<Float>
  let y: UnsafePointer<Float>
  let gradient: Matrix

  func run<Function: ActivationFunction>(_ function: Function.Type) {
    let d = gradient.base
    forEachLaneGroup(gradient.count) { i in
      (d + i).lanes = (d + i).lanes * Function.derivative((u + i).lanes, value: (y + i).lanes)
    } rest: { i, n in
      let slope = Function.derivative((u + i).partialLanes(n), value: (y + i).partialLanes(n))
      (d + i).store((d + i).partialLanes(n) * slope, first: n)
    }
  }
}

/// Column sums: the gradient of a bias, set or added to.
///
/// Tiles are added in double precision: an image has a row for each of its positions, and a batch has millions. The
/// columns are taken in blocks of as many sums as Swift keeps on the stack.
/// - Parameters: gradient `[R, C]`; bias, C floats.
package func biasGradient(_ gradient: Matrix, into bias: UnsafeMutablePointer<Float>, accumulating: Bool) {
  let block = 1024 / MemoryLayout<Double>.stride
  withUnsafeTemporaryAllocation(of: Double.self, capacity: block) { sums in
    guard let sums = sums.baseAddress else { return }
    for start in stride(from: 0, to: gradient.columns, by: block) {
      let part = gradient.columns(start..<min(start + block, gradient.columns))
      for c in 0..<part.columns { sums[c] = accumulating ? Double(bias[start + c]) : 0 }
      forEachTile(rows: part.rows, columns: part.columns) { rows, column, width in
        var sum = Lanes()
        for r in rows { sum += (part.row(r) + column).lanes(width: width) }
        (sums + column).add(sum, width: width)
      }
      for c in 0..<part.columns { bias[start + c] = Float(sums[c]) }
    }
  }
}
