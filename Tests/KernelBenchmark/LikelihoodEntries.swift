import KernelTwins
import Kernels

/// Likelihoods of MNIST's two modalities for the rows of one of two ranks, and Gaussians as wide as its image.
var likelihoodEntries: [Entry] {
  bernoulli(32, 784) + categorical(32, 10) + gaussianLikelihood(32, 784)
    + valueLikelihoods(32, 784)
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

/// Likelihoods in double precision.
private func valueLikelihoods(_ rows: Int, _ values: Int) -> [Entry] {
  let (parameters, gradient, rate) = (matrix(1, values, -2...2), matrix(1, values), CountRate(.softplus))
  let doubles = (0..<values).map { Double(parameters[0, $0]) }
  return valueLikelihood(
    "Laplace", rows, values, twin: Twin.laplace(logScale: -0.5),
    { LaplaceLikelihood.logProbabilities(means: $0, x: $1, logScale: -0.5, into: $2) },
    { LaplaceLikelihood.lossGradient(means: $0, x: $1, logScale: -0.5, weight: 0.25).logProbability })
    + valueLikelihood(
      "Gaussian, scales", rows, values, twin: Twin.gaussian(logVariances: doubles),
      { ValueGaussianLikelihood.logProbabilities(means: $0, x: $1, logVariance: parameters.base, into: $2) },
      {
        ValueGaussianLikelihood.lossGradient(
          means: $0, x: $1, logVariance: parameters.base, weight: 0.25, addingTo: gradient.base)
      })
    + valueLikelihood(
      "Poisson", rows, values, twin: Twin.poisson,
      { PoissonLikelihood.logProbabilities(output: $0, x: $1, rate: rate, into: $2) },
      { PoissonLikelihood.lossGradient(output: $0, x: $1, rate: rate, weight: 0.25) })
    + valueLikelihood(
      "negative binomial", rows, values, twin: Twin.negativeBinomial(logDispersions: doubles),
      {
        NegativeBinomialLikelihood.logProbabilities(
          output: $0, x: $1, logDispersion: parameters.base, rate: rate, into: $2)
      },
      {
        NegativeBinomialLikelihood.lossGradient(
          output: $0, x: $1, logDispersion: parameters.base, rate: rate, weight: 0.25, addingTo: gradient.base)
      })
}

/// Whole numbers are observed, which every one of them may.
private func valueLikelihood(
  _ name: String, _ rows: Int, _ values: Int, twin: Twin.ValueLikelihood,
  _ logProbabilities: @escaping (Matrix, Matrix, UnsafeMutablePointer<Double>) -> Void,
  _ lossGradient: @escaping (Matrix, Matrix) -> Double
) -> [Entry] {
  let (shape, work) = ("\(rows) x \(values)", Work.elements(rows * values))
  func observed() -> Matrix {
    let x = matrix(rows, values, 0...3)
    for i in 0..<rows * values { x.base[i] = (x.base[i] * x.base[i] * x.base[i]).rounded(.down) }
    return x
  }
  return [
    Entry("\(name): log p", shape) {
      let (output, x, found) = (matrix(rows, values, -5...5), observed(), doubles(rows))
      return Trial(
        work: work, changed: [], changedDoubles: [found],
        kernel: { logProbabilities(output, x, found.baseAddress!) },
        twin: { twin.logProbabilities(output, x, into: found.baseAddress!) })
    },
    Entry("\(name): log p and gradient", shape) {
      let (output, x, found) = (matrix(rows, values, -5...5), observed(), doubles(1))
      return Trial(
        work: work, changed: [output], changedDoubles: [found],
        kernel: { found[0] = lossGradient(output, x) }, twin: { found[0] = twin.lossGradient(output, x, weight: 0.25) })
    },
  ]
}
