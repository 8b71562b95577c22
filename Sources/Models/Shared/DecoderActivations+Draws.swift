package import Kernels
internal import Layers

// Several draws a row, those of a row after each other.

extension DecoderActivations {
  /// log p(x|z) of every draw, in nats.
  /// - Parameters:
  ///   - x: `[rows, values]`.
  ///   - target: `rows · draws` values, overwritten.
  package func logProbabilities(
    _ likelihood: Likelihood, x: Matrix, draws: Int, into target: UnsafeMutablePointer<Double>
  ) {
    let output = pass.output(x.rows * draws)
    for row in 0..<x.rows {
      let own = row * draws..<(row + 1) * draws
      likelihood.logProbabilities(
        output: output.rows(own), x: x.repeating(row: row, count: draws), into: target + own.lowerBound)
    }
  }

  /// Leaves the gradients of `-scale · Σ weight · log p(x|z)` where the way back starts and ends.
  /// - Parameter weights: of every draw, `[rows · draws, 1]`.
  package func score(_ likelihood: Likelihood, x: Matrix, draws: Int, weights: Matrix, scale: Float) {
    prepareGradients(x.rows * draws)
    // The gradient of a learned scale starts from 0, also where there are no rows.
    _ = likelihood.lossGradient(
      output: pass.outputGradient.firstRows(0), x: x.firstRows(0), weight: 0, accumulating: false)
    for draw in 0..<x.rows * draws {
      let row = draw / draws
      _ = likelihood.lossGradient(
        output: pass.outputGradient.rows(draw..<draw + 1), x: x.rows(row..<row + 1),
        weight: scale * weights[draw, 0], accumulating: true)
    }
  }
}
