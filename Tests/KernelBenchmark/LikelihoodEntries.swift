import KernelTwins
import Kernels

/// Likelihoods of MNIST's two modalities for the rows of one of two ranks, and Gaussians as wide as its image.
var likelihoodEntries: [Entry] {
  bernoulli(32, 784) + categorical(32, 10) + gaussianLikelihood(32, 784)
}

private func bernoulli(_ rows: Int, _ values: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(values)", Work.elements(rows * values))
  return [
    Entry("Bernoulli: log p", shape) {
      let (logits, x, found) = (matrix(rows, values, -5...5), matrix(rows, values, 0...1), doubles(rows))
      return Trial(
        work: work, changed: [], changedDoubles: [found],
        kernel: { BernoulliLikelihood.logProbabilities(logits: logits, x: x, into: found.baseAddress!) },
        twin: { Twin.Bernoulli.logProbabilities(logits: logits, x: x, into: found.baseAddress!) })
    },
    Entry("Bernoulli: log p and gradient", shape) {
      let (logits, x, found) = (matrix(rows, values, -5...5), matrix(rows, values, 0...1), doubles(1))
      return Trial(
        work: work, changed: [logits], changedDoubles: [found],
        kernel: { found[0] = BernoulliLikelihood.lossGradient(logits: logits, x: x, weight: 0.25) },
        twin: { found[0] = Twin.Bernoulli.lossGradient(logits: logits, x: x, weight: 0.25) })
    },
    Entry("Bernoulli: means", shape) {
      let logits = matrix(rows, values, -5...5)
      return Trial(
        work: work, changed: [logits], kernel: { BernoulliLikelihood.means(logits) },
        twin: { Twin.Bernoulli.means(logits) })
    },
  ]
}

private func categorical(_ rows: Int, _ classes: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(classes)", Work.elements(rows * classes))
  func observed() -> Matrix {
    let x = matrix(rows, classes)
    x.fill(0)
    for r in 0..<rows { x[r, r % classes] = 1 }
    return x
  }
  return [
    Entry("categorical: log p", shape) {
      let (logits, x, found) = (matrix(rows, classes, -5...5), observed(), doubles(rows))
      return Trial(
        work: work, changed: [], changedDoubles: [found],
        kernel: { CategoricalLikelihood.logProbabilities(logits: logits, x: x, into: found.baseAddress!) },
        twin: { Twin.Categorical.logProbabilities(logits: logits, x: x, into: found.baseAddress!) })
    },
    Entry("categorical: log p and gradient", shape) {
      let (logits, x, found) = (matrix(rows, classes, -5...5), observed(), doubles(1))
      return Trial(
        work: work, changed: [logits], changedDoubles: [found],
        kernel: { found[0] = CategoricalLikelihood.lossGradient(logits: logits, x: x, weight: 0.25) },
        twin: { found[0] = Twin.Categorical.lossGradient(logits: logits, x: x, weight: 0.25) })
    },
    Entry("categorical: means", shape) {
      let logits = matrix(rows, classes, -5...5)
      return Trial(
        work: work, changed: [logits], kernel: { CategoricalLikelihood.means(logits) },
        twin: { Twin.Categorical.means(logits) })
    },
  ]
}

private func gaussianLikelihood(_ rows: Int, _ values: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(values)", Work.elements(rows * values))
  return [
    Entry("Gaussian: log p", shape) {
      let (means, x, found) = (matrix(rows, values), matrix(rows, values, -2...2), doubles(rows))
      return Trial(
        work: work, changed: [], changedDoubles: [found],
        kernel: {
          GaussianLikelihood.logProbabilities(means: means, x: x, logVariance: -0.5, into: found.baseAddress!)
        },
        twin: { Twin.Gaussian.logProbabilities(means: means, x: x, logVariance: -0.5, into: found.baseAddress!) })
    },
    Entry("Gaussian: log p and gradient", shape) {
      let (means, x, found) = (matrix(rows, values), matrix(rows, values, -2...2), doubles(1))
      return Trial(
        work: work, changed: [means], changedDoubles: [found],
        kernel: {
          found[0] = GaussianLikelihood.lossGradient(means: means, x: x, logVariance: -0.5, weight: 0.25).logProbability
        },
        twin: { found[0] = Twin.Gaussian.lossGradient(means: means, x: x, logVariance: -0.5, weight: 0.25) })
    },
  ]
}
