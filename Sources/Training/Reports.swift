/// The objective and its terms, as means over rows, in nats.
package struct ObjectiveReport: Codable, Equatable, Sendable {
  /// What is minimised, with the epoch's warm-up.
  package var loss: Double
  /// The evidence lower bound, every weight 1.
  package var elbo: Double
  /// log-likelihoods and divergences by name.
  package var terms: [String: Double]
}

/// One line of `metrics.jsonl`.
package struct EpochReport: Codable, Equatable, Sendable {
  package var epoch: Int
  /// Steps since training began.
  package var step: UInt64
  package var training: ObjectiveReport
  package var validation: ObjectiveReport?
  /// beta_m of eq. (13) in this epoch; nil for a family that has none.
  package var warmUpModality: Double?
  /// beta_c of eq. (13) in this epoch, or the one beta.
  package var warmUpCore: Double
  /// Of all ranks, training alone.
  package var imagesPerSecond: Double
  /// Of the whole epoch, with validation.
  package var seconds: Double
  package var worldSize: Int

  package enum CodingKeys: String, CodingKey {
    case epoch, step, training, validation, seconds
    case warmUpModality = "warm_up_modality"
    case warmUpCore = "warm_up_core"
    case imagesPerSecond = "images_per_second"
    case worldSize = "world_size"
  }
}

/// One line of `steps.jsonl`.
package struct StepReport: Codable, Equatable, Sendable {
  /// Counted from 1 since training began.
  package var step: UInt64
  package var epoch: Int
  /// Mean over the global batch.
  package var loss: Double
}

/// Hears how training goes. Called on rank 0 only.
package protocol TrainingObserver: AnyObject {
  func trainingStarts(epoch: Int, of epochs: Int, stepsPerEpoch: Int)
  /// - Parameters: step, counted from 1 within the epoch; rows, of the global batch.
  func stepEnded(epoch: Int, step: Int, rows: Int, loss: Double)
  func epochEnded(_ report: EpochReport)
  func warning(_ message: String)
}
