internal import Configuration
package import Kernels
package import Layers

/// How a modality's decoder output is read: the distribution of the data given the latent.
package struct Likelihood {
  private let kind: LikelihoodKind
  /// The Gaussian's learned log-variance, if it learns one.
  private let logVariance: TensorSlice?
  private let memory: ModelMemory

  init(_ modality: ModalityConfiguration, memory: ModelMemory) {
    kind = modality.likelihood
    self.memory = memory
    guard modality.scale == .learned else {
      logVariance = nil
      return
    }
    let (network, parametersBefore) = ("modality.\(modality.name).likelihood", memory.parameters.count)
    logVariance = memory.parameters.declare("\(network).logvar", shape: [1], initialization: .constant(0))
    memory.describe(
      "logvar", of: network, "learned scale", from: modality.shape, to: modality.shape,
      parametersBefore: parametersBefore)
  }

  private var logVarianceValue: Float { logVariance.map { memory.value($0)[0] } ?? 0 }

  /// log p(x | output) of each row, in nats.
  /// - Parameters: output and x `[R, values]`; rows, R doubles, overwritten.
  package func logProbabilities(output: Matrix, x: Matrix, into rows: UnsafeMutablePointer<Double>) {
    switch kind {
    case .bernoulli: BernoulliLikelihood.logProbabilities(logits: output, x: x, into: rows)
    case .categorical: CategoricalLikelihood.logProbabilities(logits: output, x: x, into: rows)
    case .gaussian:
      GaussianLikelihood.logProbabilities(means: output, x: x, logVariance: logVarianceValue, into: rows)
    }
  }

  /// Turns the output into dL/d(output) for `L = -weight · log p`, in place, and sets the gradient of a
  /// learned scale, or adds to it.
  /// - Returns: log p summed over rows, in nats.
  func lossGradient(output: Matrix, x: Matrix, weight: Float, accumulating: Bool) -> Double {
    switch kind {
    case .bernoulli: return BernoulliLikelihood.lossGradient(logits: output, x: x, weight: weight)
    case .categorical: return CategoricalLikelihood.lossGradient(logits: output, x: x, weight: weight)
    case .gaussian:
      let result = GaussianLikelihood.lossGradient(
        means: output, x: x, logVariance: logVarianceValue, weight: weight)
      if let gradient = logVariance.map(memory.gradient) {
        gradient[0] = (accumulating ? gradient[0] : 0) + Float(result.logVarianceGradient)
      }
      return result.logProbability
    }
  }

  /// Marks the gradient of a learned scale as ready, if there is one: `lossGradient` has set it.
  /// - Throws: what the exchange with the other replicas throws.
  package func markReady(_ replicas: any ReplicaGroup) throws {
    guard let logVariance else { return }
    try replicas.gradientsAreReady(logVariance.offset..<logVariance.offset + logVariance.count)
  }

  /// Turns the output into the distribution's mean, in place: probabilities or values.
  package func means(_ output: Matrix) {
    switch kind {
    case .bernoulli: BernoulliLikelihood.means(output)
    case .categorical: CategoricalLikelihood.means(output)
    case .gaussian: break
    }
  }
}
