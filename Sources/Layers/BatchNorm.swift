internal import Kernels

/// Batch normalisation (Ioffe & Szegedy 2015) over all replicas: gain, bias and running statistics of each channel.
///
/// Biased variance to normalise, unbiased for the running value. The affine layer's own bias cancels against the batch
/// mean, so training leaves it out of the activations (its gradient is exactly zero) and puts it into the running mean.
struct BatchNorm {
  static let epsilon = 1e-5
  static let momentum: Float = 0.1

  let channels: Int
  private let gain: TensorSlice
  private let bias: TensorSlice
  private let runningMean: TensorSlice
  private let runningVariance: TensorSlice
  private let memory: ModelMemory

  init(name: String, channels: Int, order: StorageOrder, memory: ModelMemory) {
    self.channels = channels
    self.memory = memory
    func declare(_ table: TensorTable, _ suffix: String, _ value: Float) -> TensorSlice {
      table.declare("\(name).\(suffix)", shape: [channels], order: order, initialization: .constant(value))
    }
    gain = declare(memory.parameters, "weight", 1)
    bias = declare(memory.parameters, "bias", 0)
    runningMean = declare(memory.statistics, "running_mean", 0)
    runningVariance = declare(memory.statistics, "running_var", 1)
  }

  /// What the kernels need, in `arena` (3 · channels floats).
  func channelNorm(in arena: FloatArena) -> ChannelNorm {
    ChannelNorm(
      mean: arena.base, inverseDeviation: arena.base + channels, scale: arena.base + 2 * channels,
      shift: memory.value(bias))
  }

  /// Takes mean and variance from the sums over all replicas and moves the running statistics.
  /// - Parameters:
  ///   - sums: Σx and Σx² of every channel, without the affine layer's bias.
  ///   - count: how many values of each channel were summed.
  func useBatch(_ sums: UnsafePointer<Double>, count: Int, affineBias: UnsafePointer<Float>?, in norm: ChannelNorm) {
    let (n, unbiased) = (Double(count), Double(count) / Double(max(count - 1, 1)))
    let (runningMean, runningVariance) = (memory.statistic(runningMean), memory.statistic(runningVariance))
    for c in 0..<channels {
      let mean = sums[c] / n
      let variance = max(0, sums[channels + c] / n - mean * mean)
      set(norm, c, mean: Float(mean), variance: variance)
      runningMean[c] += Self.momentum * (Float(mean) + (affineBias?[c] ?? 0) - runningMean[c])
      runningVariance[c] += Self.momentum * (Float(variance * unbiased) - runningVariance[c])
    }
  }

  /// Takes mean and variance from the running statistics.
  func useRunning(affineBias: UnsafePointer<Float>?, in norm: ChannelNorm) {
    let (means, variances) = (memory.statistic(runningMean), memory.statistic(runningVariance))
    for c in 0..<channels {
      set(norm, c, mean: means[c] - (affineBias?[c] ?? 0), variance: Double(variances[c]))
    }
  }

  /// Sets the gradients of gain and bias from this replica's own sums, or adds to them.
  func setGradients(_ sums: UnsafePointer<Double>, accumulating: Bool) {
    let (gain, bias) = (memory.gradient(gain), memory.gradient(bias))
    for c in 0..<channels {
      bias[c] = (accumulating ? bias[c] : 0) + Float(sums[c])
      gain[c] = (accumulating ? gain[c] : 0) + Float(sums[channels + c])
    }
  }

  private func set(_ norm: ChannelNorm, _ c: Int, mean: Float, variance: Double) {
    let inverse = Float(1 / (variance + Self.epsilon).squareRoot())
    norm.mean[c] = mean
    norm.inverseDeviation[c] = inverse
    norm.scale[c] = memory.value(gain)[c] * inverse
  }
}
