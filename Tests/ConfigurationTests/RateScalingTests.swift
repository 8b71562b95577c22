import Configuration
import Models
import Testing

struct RateScalingTests {
  private func scaled(_ rule: RateScaling, _ changes: [String]) throws -> (TrainingConfiguration, String) {
    let preset = try ConfigurationSource(preset: "mnist").resolve()
    var source = try ConfigurationSource(preset: "mnist")
    for change in changes { try source.set("training.\(change)") }
    var configuration = try source.resolve()
    let text = try configuration.scaleRate(rule, from: preset, rows: 54_000)
    return (configuration.training, text)
  }

  @Test("Eight times the preset's batch: the rate times the root or the ratio, and a warm-up of five epochs")
  func larger() throws {
    let (root, text) = try scaled(.sqrt, ["batch_size=512"])
    #expect(abs(root.learningRate - 0.001 * 8.0.squareRoot()) < 1e-15)
    // 106 steps an epoch, of 500 epochs.
    #expect(root.schedule.warmUpSteps == 5 * 106)
    for word in ["0.0028", "(sqrt) from 0.001", "batches of 64 to batches of 512", "530 steps"] {
      #expect(text.contains(word), "\(text)")
    }
    #expect(try scaled(.linear, ["batch_size=512"]).0.learningRate == 0.008)
    #expect(try scaled(.sqrt, ["batch_size=512", "epochs=3"]).0.schedule.warmUpSteps == 106)
    let own = try scaled(.sqrt, ["batch_size=512", "learning_rate_schedule.warm_up_steps=9"]).0
    #expect(own.schedule.warmUpSteps == 9)
  }

  @Test("A smaller batch gets a smaller rate and no warm-up")
  func smaller() throws {
    let training = try scaled(.linear, ["batch_size=16"]).0
    #expect(training.learningRate == 0.00025 && training.schedule.warmUpSteps == 0)
  }

  @Test("A rate that is not the preset's is refused: nobody knows which batch it is for")
  func otherRate() throws {
    let text = try message { _ = try scaled(.sqrt, ["batch_size=512", "learning_rate=0.01"]) }
    #expect(text.contains("training.learning_rate") && text.contains("leave out one"), "\(text)")
  }
}
