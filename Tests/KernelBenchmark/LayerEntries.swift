import KernelTwins
import Kernels

/// What happens between two products: hidden layers of MNIST, and of the first convolutions of Fashion-MNIST and the
/// second of CelebA, one row a position.
var layerEntries: [Entry] {
  biases(64, 512, .leakyReLU, "leaky ReLU") + biases(32 * 14 * 14, 32, .swish, "swish")
    + norms(64, 512, .leakyReLU, "leaky ReLU") + norms(16 * 16 * 16, 64, .swish, "swish")
}

private func biases(_ rows: Int, _ channels: Int, _ activation: Activation, _ name: String) -> [Entry] {
  let (shape, work) = ("\(rows) x \(channels)", Work.elements(rows * channels))
  return [
    Entry("bias, \(name)", shape) {
      let (x, y, bias) = (matrix(rows, channels), matrix(rows, channels), matrix(1, channels))
      return Trial(
        work: work, changed: [x, y], kernel: { addBias(bias.base, to: x, activation: activation, into: y) },
        twin: { Twin.addBias(bias.base, to: x, activation: activation, into: y) })
    },
    Entry("\(name), backward", shape) {
      let (u, y, gradient) = (matrix(rows, channels), matrix(rows, channels), matrix(rows, channels))
      Twin.addBias(nil, to: u, activation: activation, into: y)
      return Trial(
        work: work, changed: [gradient],
        kernel: { activationBackward(activation, at: u, value: y, gradient: gradient) },
        twin: { Twin.activationBackward(activation, at: u, gradient: gradient) })
    },
    Entry("bias gradient", shape) {
      let (gradient, bias) = (matrix(rows, channels), matrix(1, channels))
      return Trial(
        work: work, changed: [bias],
        kernel: { biasGradient(gradient, into: bias.base, accumulating: false) },
        twin: { Twin.biasGradient(gradient, into: bias.base, accumulating: false) })
    },
  ]
}

/// A batch norm with what it needs, in memory of its own.
private struct NormMaterial {
  let x: Matrix
  let y: Matrix
  let gradient: Matrix
  let sums: UnsafeMutableBufferPointer<Double>
  let norm: ChannelNorm
  private let channelMemory: Matrix

  init(_ rows: Int, _ channels: Int, _ activation: Activation) {
    (x, y, gradient) = (matrix(rows, channels), matrix(rows, channels), matrix(rows, channels))
    sums = doubles(2 * channels)
    channelMemory = matrix(4, channels, 0.5...1.5)
    norm = ChannelNorm(
      mean: channelMemory.row(0), inverseDeviation: channelMemory.row(1), scale: channelMemory.row(2),
      shift: channelMemory.row(3))
    Twin.normalize(x, norm: norm, activation: activation, into: y)
    Twin.batchSums(x, into: sums.baseAddress!)
  }
}

private func norms(_ rows: Int, _ channels: Int, _ activation: Activation, _ name: String) -> [Entry] {
  let (shape, work) = ("\(rows) x \(channels)", Work.elements(rows * channels))
  return [
    Entry("batch norm, sums", shape) {
      let m = NormMaterial(rows, channels, activation)
      return Trial(
        work: work, changed: [], changedDoubles: [m.sums], kernel: { batchSums(m.x, into: m.sums.baseAddress!) },
        twin: { Twin.batchSums(m.x, into: m.sums.baseAddress!) })
    },
    Entry("batch norm, \(name)", shape) {
      let m = NormMaterial(rows, channels, activation)
      return Trial(
        work: work, changed: [m.y], kernel: { m.norm.normalize(m.x, activation: activation, into: m.y) },
        twin: { Twin.normalize(m.x, norm: m.norm, activation: activation, into: m.y) })
    },
    Entry("batch norm, \(name), backward sums", shape) {
      let m = NormMaterial(rows, channels, activation)
      return Trial(
        work: work, changed: [m.gradient], changedDoubles: [m.sums],
        kernel: {
          m.norm.backwardSums(
            m.x, value: m.y, activation: activation, gradient: m.gradient, sums: m.sums.baseAddress!)
        },
        twin: {
          Twin.normBackwardSums(
            m.x, norm: m.norm, activation: activation, gradient: m.gradient, sums: m.sums.baseAddress!)
        })
    },
    Entry("batch norm, backward", shape) {
      let m = NormMaterial(rows, channels, activation)
      let sums = UnsafePointer(m.sums.baseAddress!)
      return Trial(
        work: work, changed: [m.gradient],
        kernel: { m.norm.backward(m.x, gradient: m.gradient, sums: sums, count: rows) },
        twin: { Twin.normBackward(m.x, norm: m.norm, gradient: m.gradient, sums: sums, count: rows) })
    },
  ]
}
