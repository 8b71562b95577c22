import Configuration
import Models
import Testing

/// The keys of the recipe: schedules, optimisers, clipping, averages, early stopping.
struct RecipeTests {
  private func training(_ assignments: String...) throws -> TrainingConfiguration {
    let configuration = try resolved(assignments)
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration, "what is written reads as the same")
    return configuration.training
  }

  private func resolved(_ assignments: [String]) throws -> RunConfiguration {
    var source = try ConfigurationSource(preset: "mnist")
    for assignment in assignments { try source.set("training.\(assignment)") }
    return try source.resolve()
  }

  @Test("A preset says nothing of the recipe, and its document holds none of the keys")
  func defaults() throws {
    let training = try training()
    #expect(training.schedule == LearningRateSchedule() && training.optimizer == OptimizerConfiguration())
    #expect(training.clipNorm == nil && training.emaDecay == nil && training.earlyStoppingPatience == nil)
    let yaml = try resolved([]).yaml
    for key in ["schedule", "optimizer", "clip", "ema", "early", "final"] { #expect(!yaml.contains(key), "\(yaml)") }
  }

  @Test("Every key is read, and what is left out has its default")
  func values() throws {
    let cosine = try training(
      "learning_rate_schedule.name=cosine", "learning_rate_schedule.minimum=1e-5",
      "learning_rate_schedule.warm_up_steps=7", "clip_norm=2.5", "ema_decay=0.99", "early_stopping_patience=4",
      "optimizer.name=adamw", "optimizer.beta1=0.8", "warm_up.core_final=0.5", "warm_up.modality_final=2")
    #expect(cosine.schedule == LearningRateSchedule(warmUpSteps: 7, shape: .cosine(minimum: 1e-5)))
    #expect(cosine.clipNorm == 2.5 && cosine.emaDecay == 0.99 && cosine.earlyStoppingPatience == 4)
    #expect(cosine.optimizer.name == .adamw && cosine.optimizer.weightDecay == 0.01 && cosine.optimizer.beta1 == 0.8)
    #expect(cosine.optimizer.beta2 == 0.999 && cosine.optimizer.epsilon == 1e-8)
    #expect(cosine.warmUp.coreFinal == 0.5 && cosine.warmUp.modalityFinal == 2)
    let step = try training("learning_rate_schedule.name=step", "learning_rate_schedule.epochs=30")
    #expect(step.schedule.shape == .step(factor: 0.1, epochs: 30))
    let plateau = try training("learning_rate_schedule.name=plateau")
    #expect(plateau.schedule.shape == .plateau(factor: 0.1, patience: 10, minimum: 0))
  }

  @Test(
    "What a schedule or an optimiser has no use for is refused by its key, and so is what is out of range",
    arguments: [
      (["learning_rate_schedule.patience=3"], "training.learning_rate_schedule.patience"),
      (["learning_rate_schedule.name=cosine", "learning_rate_schedule.factor=0.5"], "schedule that is cosine"),
      (["learning_rate_schedule.name=step"], "training.learning_rate_schedule.epochs: missing"),
      (["learning_rate_schedule.name=cosin"], "did you mean \"cosine\""),
      (["optimizer.weight_decay=0.1"], "only adamw decays weights"), (["optimizer.beta2=1"], "from 0 to below 1"),
      (["clip_norm=0"], "training.clip_norm"), (["ema_decay=1"], "training.ema_decay"),
      (["early_stopping_patience=0"], "training.early_stopping_patience"),
      (["warm_up.core_final=-1"], "training.warm_up.core_final"),
    ])
  func refused(assignments: [String], words: String) throws {
    let text = try message { _ = try resolved(assignments) }
    #expect(text.contains(words), "\(text)")
  }
}
