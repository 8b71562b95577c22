/// The objective and its terms, as means over rows, in nats.
package struct ObjectiveReport: Codable, Equatable, Sendable {
  /// What is minimised, with the epoch's warm-up.
  package var loss: Double
  /// The evidence lower bound, every weight 1.
  package var elbo: Double
  /// log-likelihoods and divergences by name: sums over the rows that have the modality, divided by all rows.
  package var terms: [String: Double]
  /// By modality, how many rows have it; nil where no row lacks any.
  package var rows: [String: Int]?

  package init(loss: Double, elbo: Double, terms: [String: Double], rows: [String: Int]? = nil) {
    (self.loss, self.elbo, self.terms, self.rows) = (loss, elbo, terms, rows)
  }
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
  /// Of the last step; nil in lines of earlier versions.
  package var learningRate: Double?
  /// Mean of the norms of gradients, before clipping, over the steps that measured it; nil in lines of earlier versions.
  package var gradientNorm: Double?
  /// Which part of the steps had a longer gradient than `training.clip_norm`; nil without it.
  package var clipped: Double?
  /// Of all ranks, training alone.
  package var imagesPerSecond: Double
  /// Of the whole epoch, with validation.
  package var seconds: Double
  package var worldSize: Int

  package init(
    epoch: Int, step: UInt64, training: ObjectiveReport, validation: ObjectiveReport?, warmUpModality: Double?,
    warmUpCore: Double, learningRate: Double, gradientNorms: GradientNorms, clips: Bool, imagesPerSecond: Double,
    seconds: Double, worldSize: Int
  ) {
    (self.epoch, self.step, self.training, self.validation) = (epoch, step, training, validation)
    (self.warmUpModality, self.warmUpCore) = (warmUpModality, warmUpCore)
    (self.learningRate, gradientNorm) = (learningRate, gradientNorms.mean)
    clipped = clips ? gradientNorms.clippedFraction : nil
    (self.imagesPerSecond, self.seconds, self.worldSize) = (imagesPerSecond, seconds, worldSize)
  }

  package enum CodingKeys: String, CodingKey {
    case epoch, step, training, validation, seconds, clipped
    case warmUpModality = "warm_up_modality"
    case warmUpCore = "warm_up_core"
    case learningRate = "learning_rate"
    case gradientNorm = "gradient_norm"
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
  /// Nil in lines of earlier versions.
  package var learningRate: Double?
  /// Before clipping; nil where it was not measured.
  package var gradientNorm: Double?

  package init(step: UInt64, epoch: Int, loss: Double, learningRate: Double, gradientNorm: Double?) {
    (self.step, self.epoch, self.loss) = (step, epoch, loss)
    (self.learningRate, self.gradientNorm) = (learningRate, gradientNorm)
  }

  package enum CodingKeys: String, CodingKey {
    case step, epoch, loss
    case learningRate = "learning_rate"
    case gradientNorm = "gradient_norm"
  }
}
