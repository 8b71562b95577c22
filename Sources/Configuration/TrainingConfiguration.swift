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
  /// How many of the newest checkpoints are kept, the last among them; the best is kept besides.
  package var keepCheckpoints: Int

  /// Epochs until a KL term counts fully: beta = min(1, epoch / U).
  package struct WarmUp: Equatable, Sendable {
    /// U_m, for the KL of the modality latents.
    package var modality: Int
    /// U_c, for the KL of the core latent.
    package var core: Int
  }
}

extension TrainingConfiguration {
  static let keys = ["epochs", "batch_size", "learning_rate", "seed", "warm_up", "keep_checkpoints"]

  init(_ node: Node, path: String) throws(ConfigurationError) {
    let reader = try ConfigurationReader(node, path: path, keys: Self.keys)
    epochs = try reader.integer("epochs", in: 1...Int(UInt32.max))
    batchSize = try reader.integer("batch_size", in: 2...ConfigurationReader.largestExtent)
    learningRate = try reader.number("learning_rate", "above 0") { $0 > 0 }
    seed = UInt64(try reader.integer("seed", in: 0...Int.max))
    let warmUp = try ConfigurationReader(
      try reader.node("warm_up"), path: reader.path(of: "warm_up"), keys: ["modality", "core"])
    self.warmUp = WarmUp(
      modality: try warmUp.integer("modality", in: 1...Int.max), core: try warmUp.integer("core", in: 1...Int.max))
    keepCheckpoints = try reader.integer("keep_checkpoints", in: 1...Int.max)
  }

  var node: Node {
    let warmUp = Node.map(
      [("modality", .scalar(warmUp.modality)), ("core", .scalar(warmUp.core))], oneLine: true)
    return .map([
      ("epochs", .scalar(epochs)), ("batch_size", .scalar(batchSize)), ("learning_rate", .scalar(learningRate)),
      ("seed", .scalar(seed)), ("warm_up", warmUp), ("keep_checkpoints", .scalar(keepCheckpoints)),
    ])
  }
}
