package import Kernels

extension Twin {
  package static func multiply(_ x: Matrix, transposed weight: Matrix, into y: Matrix, accumulating: Bool = false) {
    let depth = x.columns
    for b in 0..<y.rows {
      let (x, y) = (x.row(b), y.row(b))
      for o in 0..<weight.rows {
        let w = weight.row(o)
        var sum: Float = accumulating ? y[o] : 0
        for i in 0..<depth { sum += x[i] * w[i] }
        y[o] = sum
      }
    }
  }

  package static func multiply(_ dy: Matrix, _ weight: Matrix, into dx: Matrix, accumulating: Bool = false) {
    let width = dx.columns
    if !accumulating { dx.fill(0) }
    for b in 0..<dx.rows {
      let (dx, dy) = (dx.row(b), dy.row(b))
      for o in 0..<weight.rows {
        let w = weight.row(o)
        for i in 0..<width { dx[i] += dy[o] * w[i] }
      }
    }
  }

  package static func multiply(transposed dy: Matrix, _ x: Matrix, into gradient: Matrix, accumulating: Bool) {
    let width = gradient.columns
    if !accumulating { gradient.fill(0) }
    for b in 0..<x.rows {
      let (x, dy) = (x.row(b), dy.row(b))
      for o in 0..<gradient.rows {
        let g = gradient.row(o)
        for i in 0..<width { g[i] += dy[o] * x[i] }
      }
    }
  }
}
