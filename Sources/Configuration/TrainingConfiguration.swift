internal import Yams

/// How a model is trained.
package struct TrainingConfiguration: Equatable, Sendable {
  package var epochs: Int
  /// Rows of one step over all ranks.
  package var batchSize: Int
  /// The optimiser's step size, before its schedule.
  package var learningRate: Double
  package var schedule = LearningRateSchedule()
  package var optimizer = OptimizerConfiguration()
  /// What products of networks read.
  package var precision = Precision.f32
  /// The largest norm of a step's gradient, over all parameters: a longer one is scaled down to it.
  package var clipNorm: Double?
  /// d of the exponential moving average of weights, which is then what is evaluated; nil for none.
  package var emaDecay: Double?
  /// Training ends after so many epochs without a better validation ELBO, counted from the end of the warm-ups.
  package var earlyStoppingPatience: Int?
  /// Everything random (initial weights, order, masks, noise) follows from it.
  package var seed: UInt64
  package var warmUp: WarmUp
  package var objective: TrainingObjective
  /// Micro-batches that a batch is split into, a power of two: up to as many ranks compute the same bits. With 1 each
  /// rank works on all of its rows at once, and numbers of ranks differ by rounding.
  package var microBatches: Int
  /// How many of the newest checkpoints are kept, the last among them; the best is kept besides.
  package var keepCheckpoints: Int

  /// Epochs until a KL term has its final weight: beta = final min(1, epoch / U).
  package struct WarmUp: Equatable, Sendable {
    /// U_m, for the KL of the modality latents; nil for a family that has one latent only.
    package var modality: Int?
    /// U_c, for the KL of the core latent, or of the one latent.
    package var core: Int
    /// The final weight of the modality latents' KL.
    package var modalityFinal = 1.0
    /// The final weight of the KL of the core latent, or of the one latent.
    package var coreFinal = 1.0
  }
}

extension TrainingConfiguration {
  static let key = KeyDescription.mapping(
    "training", "How it is trained.",
    keys: [
      Keys.epochs.description, Keys.batchSize.description, Keys.learningRate.description, LearningRateSchedule.key,
      OptimizerConfiguration.key, Keys.precision.description, Keys.clipNorm.description, Keys.emaDecay.description,
      Keys.earlyStoppingPatience.description, Keys.seed.description, WarmUp.key, Keys.microBatches.description,
      Keys.keepCheckpoints.description,
    ] + TrainingObjective.keys)

  private enum Keys {
    static let epochs = ConfigurationKey.integer(
      "epochs", in: 1...Int(UInt32.max), "How often every training row is seen.")
    static let batchSize = ConfigurationKey.integer(
      "batch_size", in: 2...ConfigurationReader.largestExtent,
      "Rows of one step over all ranks; at least as many as there are ranks.")
    static let learningRate = ConfigurationKey.number("learning_rate", "above 0", "The optimiser's step size.") {
      $0 > 0
    }
    static let precision = ConfigurationKey.choice("precision", "What products of networks read in training.")
      .or(Precision.f32)
    static let clipNorm = ConfigurationKey.number(
      "clip_norm", "above 0",
      "The largest Euclidean norm of a step's gradient (of the batch's mean loss, by all parameters); a longer one is "
        + "scaled down to it."
    ) { $0 > 0 }.optional("gradients are not clipped")
    static let emaDecay = ConfigurationKey.number(
      "ema_decay", "from 0 to below 1",
      "Keep an exponential moving average of the weights: e = d e + (1 - d) w after each step, with "
        + "d = min(this, (1 + t) / (10 + t)). Validation, evaluation, pictures and export use e."
    ) { 0..<1 ~= $0 }.optional("no average")
    static let earlyStoppingPatience = ConfigurationKey.integer(
      "early_stopping_patience", in: 1...Int(UInt32.max),
      "End after so many epochs without a better validation ELBO, counted from the end of the warm-ups."
    ).optional("all epochs are trained")
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
    if let mapping = try reader.optionalMapping(LearningRateSchedule.key) {
      schedule = try LearningRateSchedule(mapping)
    }
    if let mapping = try reader.optionalMapping(OptimizerConfiguration.key) {
      optimizer = try OptimizerConfiguration(mapping)
    }
    precision = try reader.value(Keys.precision)
    clipNorm = try reader.value(Keys.clipNorm)
    emaDecay = try reader.value(Keys.emaDecay)
    earlyStoppingPatience = try reader.value(Keys.earlyStoppingPatience)
    seed = UInt64(try reader.value(Keys.seed))
    warmUp = try WarmUp(try reader.mapping(WarmUp.key), hasModality: hasModalityWarmUp)
    objective = try TrainingObjective(reader)
    microBatches = try reader.value(Keys.microBatches)
    keepCheckpoints = try reader.value(Keys.keepCheckpoints)
  }

  /// What has its default is left out where earlier versions do not know the key.
  var node: Node {
    var recipe: [(String, Node)] = []
    if schedule != LearningRateSchedule() { recipe.append(("learning_rate_schedule", schedule.node)) }
    if optimizer != OptimizerConfiguration() { recipe.append(("optimizer", optimizer.node)) }
    if precision != .f32 { recipe.append(("precision", .scalar(precision.rawValue))) }
    if let clipNorm { recipe.append(("clip_norm", .scalar(clipNorm))) }
    if let emaDecay { recipe.append(("ema_decay", .scalar(emaDecay))) }
    if let earlyStoppingPatience { recipe.append(("early_stopping_patience", .scalar(earlyStoppingPatience))) }
    return .map(
      [
        ("epochs", .scalar(epochs)), ("batch_size", .scalar(batchSize)), ("learning_rate", .scalar(learningRate)),
      ] + recipe + [
        ("seed", .scalar(seed)), ("warm_up", warmUp.node), ("micro_batches", .scalar(microBatches)),
        ("keep_checkpoints", .scalar(keepCheckpoints)),
      ] + objective.entries)
  }
}

extension TrainingConfiguration.WarmUp {
  static let key = KeyDescription.mapping(
    "warm_up", "Weights of the divergences: beta = final min(1, epoch / U).",
    keys: [
      Keys.modality.description, Keys.core.description, Keys.modalityFinal.description, Keys.coreFinal.description,
    ])

  private enum Keys {
    static let modality = ConfigurationKey.integer(
      "modality", in: 1...Int.max,
      "U_m, for the divergences of the modality latents. Families with one latent need none and drop it.")
    static let core = ConfigurationKey.integer(
      "core", in: 1...Int.max, "U_c, for the divergence of the core latent, or of the one latent.")
    static let modalityFinal = final("modality_final", "The final weight of the modality latents' divergences.")
    static let coreFinal = final(
      "core_final", "The final weight of the divergence of the core latent, or of the one latent.")

    private static func final(_ name: String, _ meaning: String) -> ConfigurationKey<Double> {
      .number(name, "of at least 0", meaning) { $0 >= 0 }.or(1)
    }
  }

  /// A family with one latent accepts U_m and drops it, so that one command line serves all families.
  init(_ reader: ConfigurationReader, hasModality: Bool) throws(ConfigurationError) {
    modality = hasModality || reader.has("modality") ? try reader.value(Keys.modality) : nil
    core = try reader.value(Keys.core)
    coreFinal = try reader.value(Keys.coreFinal)
    modalityFinal = try reader.value(Keys.modalityFinal)
    if !hasModality { (modality, modalityFinal) = (nil, 1) }
  }

  var node: Node {
    var pairs: [(String, Node)] = modality.map { [("modality", .scalar($0))] } ?? []
    pairs.append(("core", .scalar(core)))
    if modalityFinal != 1 { pairs.append(("modality_final", .scalar(modalityFinal))) }
    if coreFinal != 1 { pairs.append(("core_final", .scalar(coreFinal))) }
    return .map(pairs, oneLine: true)
  }
}
