import KernelTwins
import Kernels

/// Adam over as many parameters as MNIST's model has: from one gradient, and from the sum of one for each of two ranks.
var parameterEntries: [Entry] {
  [
    Entry("Adam", "2.03 M parameters") { adam(2_030_000, terms: 1) },
    Entry("Adam, sum of 2 gradients", "2.03 M parameters") { adam(2_030_000, terms: 2) },
    Entry("sum of 4", "2.03 M parameters") { sums(2_030_000, terms: 4) },
    Entry("sum of squares", "2.03 M parameters") { squares(2_030_000) },
    Entry("gradient bound", "128 x 512") { bound(128 * 512) },
    Entry("gradient bound", "2.03 M parameters") { bound(2_030_000) },
  ]
}

private func adam(_ count: Int, terms: Int) -> Trial {
  let values = matrix(1, count)
  let (first, second) = (matrix(1, count, -0.1...0.1), matrix(1, count, 0.01...0.1))
  let gradients = (0..<terms).map { _ in matrix(1, count) }
  return Trial(
    work: .bytes(4 * (6 + terms) * count), changed: [values, first, second],
    kernel: {
      let coefficients = AdamCoefficients(step: 3, learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
      gradients.map { $0.base }.withUnsafeBufferPointer {
        forEachSummedBlock(of: 0..<count, in: $0) { start, count, gradients in
          adamStep(
            count: count, values: values.base + start, gradients: gradients, firstMoment: first.base + start,
            secondMoment: second.base + start, coefficients: coefficients)
        }
      }
    },
    twin: {
      Twin.adamStep(
        count: count, values: values.base, gradients: gradients.map { $0.base }, firstMoment: first.base,
        secondMoment: second.base, Twin.Adam(step: 3, learningRate: 1e-3))
    })
}

private func sums(_ count: Int, terms: Int) -> Trial {
  let (gradients, total) = ((0..<terms).map { _ in matrix(1, count) }, matrix(1, count))
  return Trial(
    work: .bytes(4 * (1 + terms) * count), changed: [total],
    kernel: {
      gradients.map { $0.base }.withUnsafeBufferPointer { sum(count: count, of: $0, offset: 0, into: total.base) }
    },
    twin: { Twin.sum(count: count, of: gradients.map { $0.base }, into: total.base) })
}

private func squares(_ count: Int) -> Trial {
  let (gradient, answer) = (matrix(1, count), doubles(1))
  return Trial(
    work: .bytes(4 * count), changed: [], changedDoubles: [answer],
    kernel: { answer[0] = sumOfSquares(gradient.base, count: count) },
    twin: { answer[0] = Twin.sumOfSquares(gradient.base, count: count) })
}

private func bound(_ count: Int) -> Trial {
  let (gradient, answer) = (matrix(1, count), doubles(1))
  return Trial(
    work: .bytes(4 * count), changed: [], changedDoubles: [answer],
    kernel: { answer[0] = areBounded(gradient.base, count: count) ? 1 : 0 },
    twin: { answer[0] = Twin.areBounded(gradient.base, count: count) ? 1 : 0 })
}
