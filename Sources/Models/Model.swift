package import Configuration
package import Kernels
package import Layers

/// A named group of standard normal numbers that each row (or draw) consumes.
package struct NoiseDescription: Equatable, Sendable {
  /// Such as `core` or the name of a modality.
  package let name: String
  /// Numbers for a row.
  package let width: Int
  /// The modality whose latent it is for: rows that lack it consume none. Nil if all rows do.
  package let modality: Int?

  package init(name: String, width: Int, modality: Int? = nil) {
    (self.name, self.width, self.modality) = (name, width, modality)
  }
}

/// What a family of models offers. Training, exchange, checkpoints and evaluation see nothing else of it.
package protocol Model: AnyObject {
  var configuration: ModelConfiguration { get }
  /// Its parameters, gradients and running statistics.
  var memory: ModelMemory { get }
  /// The names of the terms a pass reports, in the order it reports them.
  var termNames: [String] { get }
  /// The noise that a row consumes in one evaluation of the objective.
  var objectiveNoise: [NoiseDescription] { get }

  /// What training minimises, from the terms. Linear in them: sums over rows give the sum, means the mean.
  /// - Parameter terms: those of `termNames`, and, of a pass with several draws, what its bound gains by them.
  func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double
  /// The evidence lower bound in nats, all weights 1, from the terms; linear in them.
  func elbo(terms: UnsafeBufferPointer<Double>) -> Double

  /// How the output of a modality's decoder is read.
  func likelihood(of modality: Int) -> Likelihood

  /// - Parameter rows: the most rows of a batch on this replica.
  func makeObjectivePass(rows: Int) -> any ObjectivePass
  /// A pass of the importance-weighted bound with several draws a row (`objective: iwae`); with one it is the ELBO's.
  /// - Parameter draws: K. A batch then has K times the noise, `[rows, K · width]`.
  func makeObjectivePass(rows: Int, draws: Int) -> any ObjectivePass
  /// - Parameters:
  ///   - given: indices of the modalities that are observed; may be empty.
  ///   - decoded: indices of the modalities that will be decoded.
  ///   - rows: the most rows encoded at a time.
  ///   - draws: the most draws made at a time.
  func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal
}

extension Model {
  /// What products of its networks read.
  package var precision: Precision { memory.rounded == nil ? .f32 : .bf16 }

  /// From now on products of its networks are in bf16, with the weights as they are.
  /// - Throws: `BF16.Unavailable`.
  package func useBF16() throws(BF16.Unavailable) {
    try BF16.check()
    memory.useBF16(BF16Arena(count: memory.parameters.count))
    memory.roundWeights()
  }

  /// This model, or one that has its memory but reads weights and activations in single precision.
  package func inSinglePrecision() throws(ConfigurationError) -> any Model {
    guard memory.rounded != nil else { return self }
    let twin = try describeModel(configuration)
    twin.memory.allocate(
      values: memory.values, gradients: memory.gradients, runningStatistics: memory.runningStatistics)
    return twin
  }

  package func makeObjectivePass(rows: Int, draws: Int) -> any ObjectivePass {
    precondition(draws == 1, "\(configuration.family.name.rawValue) has no bound with \(draws) draws")
    return makeObjectivePass(rows: rows)
  }
}

/// The weights of the objective, eq. (13).
package struct ObjectiveWeights: Equatable, Sendable {
  /// lambda_i of each modality.
  package var reconstruction: [Double]
  /// beta_m; families with one latent have no use for it.
  package var modality: Double
  /// beta_c; the beta of the baselines.
  package var core: Double

  package init(reconstruction: [Double], modality: Double, core: Double) {
    (self.reconstruction, self.modality, self.core) = (reconstruction, modality, core)
  }
}

/// Evaluates the objective on batches and takes its gradient. Reuses its memory; allocates nothing in a step.
package protocol ObjectivePass: AnyObject {
  /// The terms, summed over this replica's rows, in the order of the model's `termNames`. Valid after `forward`. With
  /// several draws a row: their means over the draws, and behind them what the bound gains over these means.
  var termSums: UnsafeMutableBufferPointer<Double> { get }

  /// Computes the terms, and what `backward` needs.
  /// - Throws: what the exchange with the other replicas throws.
  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws

  /// Sets the gradients of the loss, averaged over the global batch, as far as this replica's rows contribute.
  /// Follows a `forward` in training mode with the same arguments.
  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws
}

/// Draws latents for given observations and says what each draw weighs: the one source of importance sampling,
/// conditional generation and reconstruction.
package protocol Proposal: AnyObject {
  /// The noise that a draw consumes.
  var noise: [NoiseDescription] { get }

  /// Prepares the proposals of some rows from what is observed of them.
  /// - Parameter observations: those of modalities that are not given are ignored. What is given but a row lacks does
  ///   not propose.
  func encode(_ observations: Observations)

  /// The Gaussians of the latents that the given observations determine; none where nothing is given. Valid after
  /// `encode`, until the next.
  var posteriors: [LatentPosterior] { get }

  /// Makes draws for one encoded row.
  /// - Parameters:
  ///   - noise: one matrix for each of `noise`, `[draws, width]`. Where a row has nothing of what is given, the shared
  ///     latent, which comes first, is its noise.
  ///   - logWeights: log p(latents) - log q(latents | given) of each draw, in nats, overwritten.
  func draw(row: Int, noise: [Matrix], draws: Int, logWeights: UnsafeMutablePointer<Double>)

  /// The latents of the last `draw`, one matrix `[draws, width]` for each of `noise`, by the same names.
  func latents(draws: Int) -> [Matrix]

  /// Decodes the draws of the last `draw`, some at a time.
  /// - Parameter read: called with draws, in order, and what the decoder of the modality makes of them: logits or
  ///   means, `[draws, values]`, overwritten when the next ones are decoded.
  func decode(_ modality: Int, draws: Int, reading read: (_ draws: Range<Int>, _ output: Matrix) -> Void)
}

/// q(latent | given) of one latent.
package struct LatentPosterior {
  /// Such as `core`, `latent` or the name of a modality.
  package let name: String
  /// The modality whose latent it is: the Gaussians of rows that lack it say nothing. Nil if it is shared.
  package let modality: Int?
  /// One Gaussian for each encoded row.
  package let distribution: DiagonalGaussian
}

/// Builds the model that a configuration describes, with memory but not yet initialised.
/// - Throws: `ConfigurationError` when it has more parameters than any machine this is for could hold.
package func makeModel(_ configuration: ModelConfiguration) throws(ConfigurationError) -> any Model {
  let model = try describeModel(configuration)
  model.memory.allocate()
  return model
}

/// The same without memory, for callers that provide it.
package func describeModel(_ configuration: ModelConfiguration) throws(ConfigurationError) -> any Model {
  guard let family = configuration.family as? any ModelFamily else {
    throw ConfigurationError(
      key: "model.family", "there is no model of the family \(configuration.family.name.rawValue)")
  }
  let model = family.makeModel(configuration)
  let count = model.memory.parameters.count
  guard count <= 1 << 32 else { throw ConfigurationError(key: "model", "\(count) parameters are more than 2^32") }
  if let (one, other) = model.memory.parameters.equalStarts {
    throw ConfigurationError(
      key: "model.modalities",
      "\(one.name) and \(other.name) would start with the same random numbers; rename one of the modalities")
  }
  return model
}
