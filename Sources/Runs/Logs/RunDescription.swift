package import Configuration
internal import Foundation
package import Models
internal import TensorBoard

/// What TensorBoard says about a run as a whole: its configuration, and the numbers by which runs are compared.
package struct RunDescription {
  private let configuration: RunConfiguration
  private let latents: [NoiseDescription]
  private let worldSize: Int

  package init(_ configuration: RunConfiguration, _ model: any Model, worldSize: Int) {
    (self.configuration, self.worldSize) = (configuration, worldSize)
    // Of several latents each has a noise of its own; of one all have.
    let hasLatentPerModality = type(of: configuration.model.family).hasModalityWarmUp
    latents = hasLatentPerModality ? model.objectiveNoise : Array(model.objectiveNoise.prefix(1))
  }

  var summary: [SummaryValue] {
    get throws {
      [.text("configuration", markdown: "```yaml\n\(try configuration.yaml)```\n")]
        + (try Hyperparameters(hyperparameters, metric: "elbo/validation").summary)
    }
  }

  private var hyperparameters: [(name: String, value: Hyperparameters.Value)] {
    let training = configuration.training
    var values: [(name: String, value: Hyperparameters.Value)] = [
      ("family", .text(configuration.model.family.name.rawValue)),
      ("learning_rate", .number(training.learningRate)), ("batch_size", .number(Double(training.batchSize))),
      ("epochs", .number(Double(training.epochs))), ("seed", .number(Double(training.seed))),
      ("warm_up.core", .number(Double(training.warmUp.core))), ("ranks", .number(Double(worldSize))),
    ]
    let optimizer = training.optimizer
    values += [
      ("optimizer", .text(optimizer.name.rawValue)), ("learning_rate_schedule", .text(training.schedule.name.rawValue)),
    ]
    for (name, value) in [("clip_norm", training.clipNorm), ("ema_decay", training.emaDecay)] {
      if let value { values.append((name, .number(value))) }
    }
    if let epochs = training.warmUp.modality { values.append(("warm_up.modality", .number(Double(epochs)))) }
    if training.objective.draws > 1 { values.append(("draws", .number(Double(training.objective.draws)))) }
    return values + latents.map { ("latent.\($0.name)", .number(Double($0.width))) }
  }
}
