internal import Yams

/// How a model is trained.
package struct TrainingConfiguration: Equatable, Sendable {
  package var epochs: Int
  /// Rows of one step over all ranks.
  package var batchSize: Int
  /// Adam's step size.
  package var learningRate: Double
  /// Everything random (initial weights, order, masks, noise) follows from it.
  package var seed: UInt64
  package var warmUp: WarmUp
  package var objective: TrainingObjective
  /// Micro-batches that a batch is split into, a power of two: up to as many ranks compute the same bits. With 1 each
  /// rank works on all of its rows at once, and numbers of ranks differ by rounding.
  package var microBatches: Int
  /// How many of the newest checkpoints are kept, the last among them; the best is kept besides.
  package var keepCheckpoints: Int

  /// Epochs until a KL term counts fully: beta = min(1, epoch / U).
  package struct WarmUp: Equatable, Sendable {
    /// U_m, for the KL of the modality latents; nil for a family that has one latent only.
    package var modality: Int?
    /// U_c, for the KL of the core latent, or of the one latent.
    package var core: Int
  }
}

extension TrainingConfiguration {
  static let key = KeyDescription.mapping(
    "training", "How it is trained.",
    keys: [
      Keys.epochs.description, Keys.batchSize.description, Keys.learningRate.description, Keys.seed.description,
      WarmUp.key, Keys.microBatches.description, Keys.keepCheckpoints.description,
    ] + TrainingObjective.keys)

  private enum Keys {
    static let epochs = ConfigurationKey.integer(
      "epochs", in: 1...Int(UInt32.max), "How often every training row is seen.")
    static let batchSize = ConfigurationKey.integer(
      "batch_size", in: 2...ConfigurationReader.largestExtent,
      "Rows of one step over all ranks; at least as many as there are ranks.")
    static let learningRate = ConfigurationKey.number("learning_rate", "above 0", "Adam's step size.") { $0 > 0 }
    static let seed = ConfigurationKey.integer(
      "seed", in: 0...Int.max, "Everything random follows from it: initial weights, order, masks, noise.")
    static let microBatches = ConfigurationKey.powerOfTwo(
      "micro_batches", atMost: 1024,
      "Micro-batches that a batch is split into: up to as many ranks, powers of two, train the same bits. With 1, "
        + "numbers of ranks differ by rounding. `--reproducible` sets 8."
    ).or(1)
    static let keepCheckpoints = ConfigurationKey.integer(
      "keep_checkpoints", in: 1...Int.max,
      "How many of the newest checkpoints are kept, the last among them; the best is kept besides.")
  }

  /// - Parameter reader: the whole document.
  init(_ document: ConfigurationReader, hasModalityWarmUp: Bool) throws(ConfigurationError) {
    let reader = try document.mapping(Self.key)
    epochs = try reader.value(Keys.epochs)
    batchSize = try reader.value(Keys.batchSize)
    learningRate = try reader.value(Keys.learningRate)
    seed = UInt64(try reader.value(Keys.seed))
    warmUp = try WarmUp(try reader.mapping(WarmUp.key), hasModality: hasModalityWarmUp)
    objective = try TrainingObjective(reader)
    microBatches = try reader.value(Keys.microBatches)
    keepCheckpoints = try reader.value(Keys.keepCheckpoints)
  }

  var node: Node {
    .map(
      [
        ("epochs", .scalar(epochs)), ("batch_size", .scalar(batchSize)), ("learning_rate", .scalar(learningRate)),
        ("seed", .scalar(seed)), ("warm_up", warmUp.node),
        ("micro_batches", .scalar(microBatches)), ("keep_checkpoints", .scalar(keepCheckpoints)),
      ] + objective.entries)
  }
}

extension TrainingConfiguration.WarmUp {
  static let key = KeyDescription.mapping(
    "warm_up", "Epochs until the divergences count fully: beta = min(1, epoch / U).",
    keys: [Keys.modality.description, Keys.core.description])

  private enum Keys {
    static let modality = ConfigurationKey.integer(
      "modality", in: 1...Int.max,
      "U_m, for the divergences of the modality latents. Families with one latent need none and drop it.")
    static let core = ConfigurationKey.integer(
      "core", in: 1...Int.max, "U_c, for the divergence of the core latent, or of the one latent.")
  }

  /// A family with one latent accepts U_m and drops it, so that one command line serves all families.
  init(_ reader: ConfigurationReader, hasModality: Bool) throws(ConfigurationError) {
    modality = hasModality || reader.has("modality") ? try reader.value(Keys.modality) : nil
    core = try reader.value(Keys.core)
    if !hasModality { modality = nil }
  }

  var node: Node {
    .map((modality.map { [("modality", .scalar($0))] } ?? []) + [("core", .scalar(core))], oneLine: true)
  }
}
