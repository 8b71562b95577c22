/// How long a model is trained, by the rows there are.
struct ProposedTraining {
  let batchSize: Int
  let epochs: Int
  private let steps: Int

  /// Fewer rows still give ten steps an epoch, as long as a batch norm has rows enough.
  private static let batchSizes = [64, 32, 16, 8]
  private static let epochsOfPlentySteps = 100
  private static let range = (least: 4_000, most: 40_000)

  /// - Parameter share: a model needs this part of the epochs only.
  init(rows: Int, share: Int = 1) {
    batchSize = min(rows, Self.batchSizes.first { 10 * $0 <= rows } ?? 8)
    let stepsOfEpoch = (rows + batchSize - 1) / batchSize
    let least = (Self.range.least + stepsOfEpoch - 1) / stepsOfEpoch
    epochs = max(1, min(max(Self.epochsOfPlentySteps, least), Self.range.most / stepsOfEpoch) / share)
    steps = epochs * stepsOfEpoch
  }

  func write(to text: inout CommentedText, rows: Int, hasModalityWarmUp: Bool) {
    text.add("training:")
    text.add("  epochs: \(epochs)", "\(steps) steps for \(rows) rows")
    text.add("  batch_size: \(batchSize)", rows < 640 ? "small, so that an epoch has several steps" : "as in the paper")
    text.add("  learning_rate: 0.001", "Adam's usual")
    text.add("  seed: 1", "another trains another model")
    let (modality, core) = (max(1, epochs / 5), max(1, 2 * epochs / 5))
    text.add(
      "  warm_up: {\(hasModalityWarmUp ? "modality: \(modality), " : "")core: \(core)}",
      hasModalityWarmUp ? "a fifth and two fifths of the epochs, as in the paper" : "two fifths of the epochs")
    text.add("  keep_checkpoints: 3", "the newest, and the best besides")
    text.add("evaluation:")
    text.add("  samples: 500", "draws of a likelihood; more are closer and slower")
  }
}
