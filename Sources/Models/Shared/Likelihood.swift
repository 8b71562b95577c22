internal import Configuration
package import Kernels
package import Layers

/// How a modality's decoder output is read: the distribution of the data given the latent.
package struct Likelihood {
  let kind: LikelihoodKind
  let scale: LikelihoodScale
  private let rate: CountRate
  /// What the distribution learns besides the decoder: a scale, or one for each value, or the dispersions of counts.
  private let learned: TensorSlice?
  private let memory: ModelMemory

  init(_ modality: ModalityConfiguration, memory: ModelMemory) {
    (kind, scale) = (modality.likelihood, modality.scale)
    rate = CountRate(modality.rate == .exp ? .exp : .softplus, isPerTotal: modality.exposure == .total)
    self.memory = memory
    let (network, parametersBefore) = ("modality.\(modality.name).likelihood", memory.parameters.count)
    func declare(_ name: String, isPerValue: Bool, _ meaning: String) -> TensorSlice {
      let slice = memory.parameters.declare(
        "\(network).\(name)", shape: [isPerValue ? modality.shape.count : 1],
        order: isPerValue ? StorageOrder(valuesOf: modality.shape) : nil, initialization: .constant(0))
      memory.describe(
        name, of: network, meaning, from: modality.shape, to: modality.shape, parametersBefore: parametersBefore)
      return slice
    }
    learned =
      switch (kind, scale) {
      case (.gaussian, .learned): declare("logvar", isPerValue: false, "learned scale")
      case (.gaussian, .perValue): declare("logvar", isPerValue: true, "learned scales")
      case (.laplace, .learned): declare("log_scale", isPerValue: false, "learned scale")
      case (.negativeBinomial, _): declare("log_dispersion", isPerValue: true, "learned dispersions")
      default: nil
      }
  }

  /// The first of what is learned; for distributions that learn nothing, the logarithm of the fixed scale.
  var logScale: Float {
    if let learned { return memory.value(learned)[0] }
    if case .fixed(let scale) = scale { return Float(DoubleFunctions.log(scale)) }
    return 0
  }

  var logVariance: Float { learned == nil ? 2 * logScale : logScale }

  var perValue: UnsafeMutablePointer<Float> { memory.value(learnedPerValue) }
  private var perValueGradient: UnsafeMutablePointer<Float> { memory.gradient(learnedPerValue) }

  private var learnedPerValue: TensorSlice {
    guard let learned else { preconditionFailure("\(kind) with \(scale) learns nothing for each value") }
    return learned
  }

  /// log p(x | output) of each row, in nats.
  /// - Parameters: output and x `[R, values]`; rows, R doubles, overwritten.
  package func logProbabilities(output: Matrix, x: Matrix, into rows: UnsafeMutablePointer<Double>) {
    switch kind {
    case .bernoulli: BernoulliLikelihood.logProbabilities(logits: output, x: x, into: rows)
    case .categorical: CategoricalLikelihood.logProbabilities(logits: output, x: x, into: rows)
    case .gaussian where scale == .perValue:
      ValueGaussianLikelihood.logProbabilities(means: output, x: x, logVariance: perValue, into: rows)
    case .gaussian: GaussianLikelihood.logProbabilities(means: output, x: x, logVariance: logVariance, into: rows)
    case .laplace: LaplaceLikelihood.logProbabilities(means: output, x: x, logScale: logScale, into: rows)
    case .poisson: PoissonLikelihood.logProbabilities(output: output, x: x, rate: rate, into: rows)
    case .negativeBinomial:
      NegativeBinomialLikelihood.logProbabilities(
        output: output, x: x, logDispersion: perValue, rate: rate, into: rows)
    }
  }

  /// Turns the output into dL/d(output) for `L = -weight · log p`, in place, and sets the gradient of what the
  /// distribution learns, or adds to it.
  /// - Returns: log p summed over rows, in nats.
  func lossGradient(output: Matrix, x: Matrix, weight: Float, accumulating: Bool) -> Double {
    let gradient = learned.map(memory.gradient)
    if let gradient, let learned, !accumulating { gradient.update(repeating: 0, count: learned.count) }
    switch kind {
    case .bernoulli: return BernoulliLikelihood.lossGradient(logits: output, x: x, weight: weight)
    case .categorical: return CategoricalLikelihood.lossGradient(logits: output, x: x, weight: weight)
    case .poisson: return PoissonLikelihood.lossGradient(output: output, x: x, rate: rate, weight: weight)
    case .gaussian where scale == .perValue:
      return ValueGaussianLikelihood.lossGradient(
        means: output, x: x, logVariance: perValue, weight: weight, addingTo: perValueGradient)
    case .negativeBinomial:
      return NegativeBinomialLikelihood.lossGradient(
        output: output, x: x, logDispersion: perValue, rate: rate, weight: weight, addingTo: perValueGradient)
    case .gaussian:
      let result = GaussianLikelihood.lossGradient(means: output, x: x, logVariance: logVariance, weight: weight)
      gradient?[0] += Float(result.logVarianceGradient)
      return result.logProbability
    case .laplace:
      let result = LaplaceLikelihood.lossGradient(means: output, x: x, logScale: logScale, weight: weight)
      gradient?[0] += Float(result.logScaleGradient)
      return result.logProbability
    }
  }

  /// Marks the gradient of what the distribution learns as ready, if it learns anything: `lossGradient` has set it.
  /// - Throws: what the exchange with the other replicas throws.
  package func markReady(_ replicas: any ReplicaGroup) throws {
    guard let learned else { return }
    try replicas.gradientsAreReady(learned.offset..<learned.offset + learned.count)
  }

  /// Turns the output into the distribution's mean, in place: probabilities, values, or rates, which are those for one
  /// count of a row's total where `exposure: total` makes them so.
  package func means(_ output: Matrix) {
    switch kind {
    case .bernoulli: BernoulliLikelihood.means(output)
    case .categorical: CategoricalLikelihood.means(output)
    case .poisson, .negativeBinomial: rate.means(output)
    case .gaussian, .laplace: break
    }
  }
}
