import KernelTwins
import Kernels

/// The fully connected layers of MNIST's image networks, with the rows of one and of two ranks' batches.
var productEntries: [Entry] {
  [32, 64].flatMap { rows in
    [(784, 512), (512, 512), (512, 784)].flatMap { inputs, outputs in products(rows, inputs, outputs) }
  }
}

private func products(_ rows: Int, _ inputs: Int, _ outputs: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(inputs) to \(outputs)", Work.operations(2 * rows * inputs * outputs))
  return [
    Entry("product: x Wᵀ", shape) {
      let (x, weight, y) = (matrix(rows, inputs), matrix(outputs, inputs), matrix(rows, outputs))
      return Trial(
        work: work, changed: [y], kernel: { multiply(x, transposed: weight, into: y) },
        twin: { Twin.multiply(x, transposed: weight, into: y) })
    },
    Entry("product: dy W", shape) {
      let (dy, weight, dx) = (matrix(rows, outputs), matrix(outputs, inputs), matrix(rows, inputs))
      return Trial(
        work: work, changed: [dx], kernel: { multiply(dy, weight, into: dx) },
        twin: { Twin.multiply(dy, weight, into: dx) })
    },
    Entry("product: dyᵀ x", shape) {
      let (dy, x, gradient) = (matrix(rows, outputs), matrix(rows, inputs), matrix(outputs, inputs))
      return Trial(
        work: work, changed: [gradient],
        kernel: { multiply(transposed: dy, x, into: gradient, accumulating: false) },
        twin: { Twin.multiply(transposed: dy, x, into: gradient, accumulating: false) })
    },
  ]
}
