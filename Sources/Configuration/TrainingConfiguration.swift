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
  /// Pieces that a batch is worked on in, a power of two: up to as many ranks give the same bits. 1 works on all rows
  /// of a rank at once: ranks then differ by rounding.
  package var pieces: Int
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
  static let keys = ["epochs", "batch_size", "learning_rate", "seed", "warm_up", "pieces", "keep_checkpoints"]

  init(_ node: Node, path: String, hasModalityWarmUp: Bool) throws(ConfigurationError) {
    let reader = try ConfigurationReader(node, path: path, keys: Self.keys)
    epochs = try reader.integer("epochs", in: 1...Int(UInt32.max))
    batchSize = try reader.integer("batch_size", in: 2...ConfigurationReader.largestExtent)
    learningRate = try reader.number("learning_rate", "above 0") { $0 > 0 }
    seed = UInt64(try reader.integer("seed", in: 0...Int.max))
    warmUp = try WarmUp(try reader.node("warm_up"), path: reader.path(of: "warm_up"), hasModality: hasModalityWarmUp)
    pieces = reader.has("pieces") ? try reader.powerOfTwo("pieces", atMost: 1024) : 1
    keepCheckpoints = try reader.integer("keep_checkpoints", in: 1...Int.max)
  }

  var node: Node {
    .map([
      ("epochs", .scalar(epochs)), ("batch_size", .scalar(batchSize)), ("learning_rate", .scalar(learningRate)),
      ("seed", .scalar(seed)), ("warm_up", warmUp.node),
      ("pieces", .scalar(pieces)), ("keep_checkpoints", .scalar(keepCheckpoints)),
    ])
  }
}

extension TrainingConfiguration.WarmUp {
  /// A family with one latent accepts U_m and drops it, so that one command line serves all families.
  init(_ node: Node, path: String, hasModality: Bool) throws(ConfigurationError) {
    let reader = try ConfigurationReader(node, path: path, keys: ["modality", "core"])
    modality = hasModality || reader.has("modality") ? try reader.integer("modality", in: 1...Int.max) : nil
    core = try reader.integer("core", in: 1...Int.max)
    if !hasModality { modality = nil }
  }

  var node: Node {
    .map((modality.map { [("modality", .scalar($0))] } ?? []) + [("core", .scalar(core))], oneLine: true)
  }
}
