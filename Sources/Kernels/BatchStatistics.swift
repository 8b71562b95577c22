// R rows (batch rows, times positions for images), C channels.

/// Sums from which batch statistics are made, over the rows this rank holds.
///
/// Summed over ranks as they are: `[Σx of every channel, Σx² of every channel]`, in double precision. Each tile is
/// summed around its own mean first, so nothing is lost to the square of a large mean.
/// - Parameters: x `[R, C]`; sums, 2 C doubles, overwritten.
package func batchSums(_ x: Matrix, into sums: UnsafeMutablePointer<Double>) {
  let (total, totalSquares) = (sums, sums + x.columns)
  sums.update(repeating: 0, count: 2 * x.columns)
  forEachTile(rows: x.rows, columns: x.columns) { rows, column, width in
    var sum = Lanes()
    for r in rows { sum += (x.row(r) + column).lanes(width: width) }
    let center = sum / Float(rows.count)
    var deviation = Lanes()
    var squares = Lanes()
    for r in rows {
      let d = (x.row(r) + column).lanes(width: width) - center
      deviation += d
      squares += d * d
    }
    let n = Double(rows.count)
    for i in 0..<width {
      let (c, d) = (Double(center[i]), Double(deviation[i]))
      total[column + i] += n * c + d
      totalSquares[column + i] += Double(squares[i]) + c * (2 * d + n * c)
    }
  }
}

/// How one batch normalisation acts on its channels: `u = (x - mean) · scale + shift`.
package struct ChannelNorm {
  /// C means.
  package let mean: UnsafeMutablePointer<Float>
  /// C reciprocal standard deviations.
  package let inverseDeviation: UnsafeMutablePointer<Float>
  /// C gains times reciprocal deviations.
  package let scale: UnsafeMutablePointer<Float>
  /// C learned biases.
  package let shift: UnsafePointer<Float>

  package init(
    mean: UnsafeMutablePointer<Float>, inverseDeviation: UnsafeMutablePointer<Float>,
    scale: UnsafeMutablePointer<Float>, shift: UnsafePointer<Float>
  ) {
    (self.mean, self.inverseDeviation, self.scale, self.shift) = (mean, inverseDeviation, scale, shift)
  }

  /// `u` of eight channels, whose numbers are loaded once for all rows: a compiler cannot know that what the rows store
  /// is not among them.
  @inline(__always)
  fileprivate func channels(_ column: Int, width: Int) -> (_ x: Lanes) -> Lanes {
    let (mean, scale) = ((mean + column).lanes(width: width), (scale + column).lanes(width: width))
    let shift = (shift + column).lanes(width: width)
    return { ($0 - mean) * scale + shift }
  }

  /// `y = activation((x - mean) · scale + shift)`; y may be x.
  /// - Parameters: x and y `[R, C]`.
  package func normalize(_ x: Matrix, activation: Activation, into y: Matrix) {
    activation.run(Normalization(norm: self, x: x, y: y))
  }

  /// First half of the way back: turns dL/dy into dL/du in place and sums what the second half needs.
  ///
  /// The sums, `[Σ du, Σ du · x̂]` of every channel, are the gradients of shift and gain.
  /// - Parameters: x `[R, C]`, what was normalised; y `[R, C]`, what `normalize` made of it; gradient `[R, C]`;
  ///   sums, 2 C doubles, overwritten.
  package func backwardSums(
    _ x: Matrix, value y: Matrix, activation: Activation, gradient: Matrix, sums: UnsafeMutablePointer<Double>
  ) {
    sums.update(repeating: 0, count: 2 * x.columns)
    activation.run(NormalizationBackward(norm: self, x: x, y: y, gradient: gradient, sums: sums))
  }

  /// Second half where mean and deviation were not those of the batch: `dx = scale · du`, in place.
  package func scale(_ gradient: Matrix) {
    for r in 0..<gradient.rows {
      for c in 0..<gradient.columns { gradient.row(r)[c] *= scale[c] }
    }
  }

  /// Second half: `dx = scale · (du - mean(du) - x̂ · mean(du · x̂))`, in place.
  /// - Parameters: x `[R, C]`; gradient `[R, C]`, du on entry and dx on return; sums, over all ranks;
  ///   count, rows of all ranks.
  package func backward(_ x: Matrix, gradient: Matrix, sums: UnsafePointer<Double>, count: Int) {
    let channels = x.columns
    forEachTile(rows: x.rows, columns: channels) { rows, column, width in
      let mean = (mean + column).lanes(width: width)
      let inverse = (inverseDeviation + column).lanes(width: width)
      let scale = (scale + column).lanes(width: width)
      var meanGradient = Lanes()
      var meanProduct = Lanes()
      for i in 0..<width {
        meanGradient[i] = Float(sums[column + i] / Double(count))
        meanProduct[i] = Float(sums[channels + column + i] / Double(count))
      }
      for r in rows {
        let normalized = ((x.row(r) + column).lanes(width: width) - mean) * inverse
        let du = (gradient.row(r) + column).lanes(width: width)
        (gradient.row(r) + column).store(scale * (du - meanGradient - normalized * meanProduct), width: width)
      }
    }
  }
}

/// `y = activation(norm(x))`.
private struct Normalization: ActivationKernel {
  let norm: ChannelNorm
  let x: Matrix
  let y: Matrix

  func run<Function: ActivationFunction>(_ function: Function.Type) {
    forEachTile(rows: x.rows, columns: x.columns) { rows, column, width in
      let normalize = norm.channels(column, width: width)
      for r in rows {
        let u = normalize((x.row(r) + column).lanes(width: width))
        (y.row(r) + column).store(Function.apply(u), width: width)
      }
    }
  }
}

/// dL/du from dL/dy, in place, and its sums over rows.
private struct NormalizationBackward: ActivationKernel {
  let norm: ChannelNorm
  let x: Matrix
  let y: Matrix
  let gradient: Matrix
  let sums: UnsafeMutablePointer<Double>

  func run<Function: ActivationFunction>(_ function: Function.Type) {
    let (total, totalProducts) = (sums, sums + x.columns)
    forEachTile(rows: x.rows, columns: x.columns) { rows, column, width in
      let mean = (norm.mean + column).lanes(width: width)
      let inverse = (norm.inverseDeviation + column).lanes(width: width)
      let normalize = norm.channels(column, width: width)
      var sum = Lanes()
      var products = Lanes()
      for r in rows {
        let value = (x.row(r) + column).lanes(width: width)
        let slope = Function.derivative(
          normalize(value), value: (y.row(r) + column).lanes(width: width))
        let du = (gradient.row(r) + column).lanes(width: width) * slope
        (gradient.row(r) + column).store(du, width: width)
        sum += du
        products += du * ((value - mean) * inverse)
      }
      (total + column).add(sum, width: width)
      (totalProducts + column).add(products, width: width)
    }
  }
}
