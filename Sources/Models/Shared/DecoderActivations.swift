package import Kernels
package import Layers

/// What training computes in one pass through one modality's decoder, and the gradients on both its sides.
package final class DecoderActivations {
  package let pass: NetworkPass
  private let latentGradient: FloatArena
  /// Where dL/d(output) goes if it cannot take the place of the output itself.
  private let outputGradient: FloatArena?

  package init(_ decoder: Network, rows: Int) {
    pass = NetworkPass(decoder, rows: rows, isTrained: true)
    latentGradient = FloatArena(count: rows * decoder.inputCount)
    outputGradient = pass.needsOutputForBackward ? FloatArena(count: rows * decoder.outputCount) : nil
  }

  /// dL/dz, after the way back.
  package func latentGradients(_ rows: Int) -> Matrix { latentGradient.matrix(rows: rows, columns: pass.input.columns) }

  /// Scores the output and leaves the gradients where the way back starts and ends.
  /// - Returns: log p(x|z) summed over rows, in nats.
  /// - Parameter accumulating: whether the gradient of a learned scale is added to instead of set.
  package func score(_ likelihood: Likelihood, x: Matrix, weight: Double, accumulating: Bool = false) -> Double {
    prepareGradients(x.rows)
    return likelihood.lossGradient(
      output: pass.outputGradient, x: x, weight: Float(weight), accumulating: accumulating)
  }

  /// Copies the output to where its gradient takes its place, and says where the way back ends.
  func prepareGradients(_ rows: Int) {
    let output = pass.output(rows)
    pass.outputGradient = output
    if let outputGradient {
      pass.outputGradient = outputGradient.matrix(rows: rows, columns: output.columns)
      pass.outputGradient.copy(from: output, keeping: nil)
    }
    pass.inputGradient = latentGradients(rows)
  }
}
