internal import Kernels

/// What one block computes for one batch, kept for the way back.
///
/// Forward and backward come in two halves each. Between them the sums of the batch norm travel over the replicas, and
/// blocks of independent networks can share that message.
final class BlockPass {
  private let block: Block
  private let memory: ModelMemory
  /// The affine operation's output, the activation's or norm's input: `[rows, outputCount]`.
  private let preActivation: FloatArena
  /// Nil where the output is the affine operation's, changed in place.
  private let activated: FloatArena?
  /// Mean, reciprocal deviation and scale of each channel.
  private let channelArena: FloatArena
  private let channelNorm: ChannelNorm?

  /// Values of a channel that the batch norm found in the last batch, over all replicas.
  private var normalizedCount = 0
  /// Of fewer than two values there is no variance: the running statistics take their place, and stay as they are.
  private var usesBatchStatistics: Bool { normalizedCount >= 2 }

  /// Doubles this block adds to the message between the halves: two sums a channel, and how many values they are of.
  var sumCount: Int { block.norm.map { 2 * $0.channels + 1 } ?? 0 }
  /// Where its parameters and their gradients lie.
  var parameters: Range<Int> { block.parameters }
  private var channels: Int { block.affine.channels }
  private var positions: Int { block.affine.outputCount / channels }

  init(_ block: Block, memory: ModelMemory, rows: Int) {
    self.block = block
    self.memory = memory
    preActivation = FloatArena(count: rows * block.affine.outputCount)
    let isInPlace = block.norm == nil && block.activation.isIdentity
    activated = isInPlace ? nil : FloatArena(count: preActivation.count)
    channelArena = FloatArena(count: 3 * (block.norm?.channels ?? 0))
    channelNorm = block.norm?.channelNorm(in: channelArena)
  }

  /// `[rows, outputCount]`.
  func output(_ rows: Int) -> Matrix {
    (activated ?? preActivation).matrix(rows: rows, columns: block.affine.outputCount)
  }

  /// One row a position, one column a channel.
  private func byChannel(_ matrix: Matrix) -> Matrix { matrix.reshaped(columns: channels) }

  private func preActivations(_ rows: Int) -> Matrix {
    byChannel(preActivation.matrix(rows: rows, columns: block.affine.outputCount))
  }

  private var bias: UnsafeMutablePointer<Float>? { block.bias.map(memory.value) }

  /// First half: the affine operation, and this replica's sums for the batch norm.
  func forwardAffine(_ x: Matrix, mode: PassMode, sums: UnsafeMutablePointer<Double>) {
    let y = preActivation.matrix(rows: x.rows, columns: block.affine.outputCount)
    block.affine.forward(x, into: y)
    guard block.norm != nil, mode == .training else { return }
    batchSums(byChannel(y), into: sums)
    sums[2 * channels] = Double(x.rows * positions)
  }

  /// Second half: batch norm from the sums over all replicas, or bias; then the activation.
  func forwardActivation(_ rows: Int, mode: PassMode, sums: UnsafePointer<Double>) {
    if block.norm != nil { normalizedCount = mode == .training ? Int(sums[2 * channels]) : 0 }
    activate(rows) { norm, channelNorm in
      if usesBatchStatistics {
        norm.useBatch(sums, count: normalizedCount, affineBias: bias, in: channelNorm)
      } else {
        norm.useRunning(affineBias: bias, in: channelNorm)
      }
    }
  }

  /// From the affine operation's output to the activation's. `prepare` says how a batch norm acts, if there is one.
  @inline(__always)
  private func activate(_ rows: Int, prepare: (BatchNorm, ChannelNorm) -> Void) {
    let (u, y) = (preActivations(rows), byChannel(output(rows)))
    guard let norm = block.norm, let channelNorm else {
      addBias(bias, to: u, activation: block.activation, into: y)
      return
    }
    prepare(norm, channelNorm)
    channelNorm.normalize(u, activation: block.activation, into: y)
  }

  /// Both halves with the running statistics, for rows of any number up to the most.
  /// - Returns: the output, `[rows, outputCount]`.
  @discardableResult
  func evaluate(_ x: Matrix) -> Matrix {
    block.affine.forward(x, into: preActivation.matrix(rows: x.rows, columns: block.affine.outputCount))
    activate(x.rows) { $0.useRunning(affineBias: bias, in: $1) }
    return output(x.rows)
  }

  /// First half back: through the activation, in place; gradients of bias, gain and shift.
  func backwardActivation(_ gradient: Matrix, sums: UnsafeMutablePointer<Double>, accumulating: Bool) {
    let (u, y, gradient) = (
      preActivations(gradient.rows), byChannel(output(gradient.rows)), byChannel(gradient)
    )
    guard let norm = block.norm, let channelNorm else {
      activationBackward(block.activation, at: u, value: y, gradient: gradient)
      if let bias = block.bias {
        biasGradient(gradient, into: memory.gradient(bias), accumulating: accumulating)
      }
      return
    }
    channelNorm.backwardSums(u, value: y, activation: block.activation, gradient: gradient, sums: sums)
    norm.setGradients(sums, accumulating: accumulating)
    sums[2 * channels] = 0
  }

  /// Second half back: through the batch norm, in place; the weight's gradient; the input's gradient if requested.
  func backwardAffine(
    _ gradient: Matrix, input: Matrix, inputGradient: Matrix?, sums: UnsafePointer<Double>, accumulating: Bool
  ) {
    if block.norm != nil, let channelNorm {
      normBackward(channelNorm, byChannel(gradient), sums: sums, accumulating: accumulating)
    }
    block.affine.backward(gradient, input: input, inputGradient: inputGradient, accumulating: accumulating)
  }

  /// The affine layer's own bias cancels against the mean of a batch, but not against the running mean.
  private func normBackward(
    _ channelNorm: ChannelNorm, _ gradient: Matrix, sums: UnsafePointer<Double>, accumulating: Bool
  ) {
    if usesBatchStatistics {
      let u = preActivations(gradient.count / block.affine.outputCount)
      channelNorm.backward(u, gradient: gradient, sums: sums, count: normalizedCount)
      if let bias = block.bias, !accumulating { memory.gradient(bias).update(repeating: 0, count: channels) }
    } else {
      channelNorm.scale(gradient)
      if let bias = block.bias { biasGradient(gradient, into: memory.gradient(bias), accumulating: accumulating) }
    }
  }
}
