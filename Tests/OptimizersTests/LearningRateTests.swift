import Configuration
import Runs
import Testing

/// Against torch.optim.lr_scheduler; see `PyTorchTables`.
struct LearningRateTests {
  static let schedules: [(String, LearningRateSchedule)] = [
    ("cosine", LearningRateSchedule(warmUpSteps: 0, shape: .cosine(minimum: 1e-4))),
    ("cosine after a warm-up", LearningRateSchedule(warmUpSteps: 5, shape: .cosine(minimum: 1e-4))),
    ("constant after a warm-up", LearningRateSchedule(warmUpSteps: 5, shape: .constant)),
    ("step", LearningRateSchedule(warmUpSteps: 0, shape: .step(factor: 0.3, epochs: 2))),
  ]

  /// Five epochs of four steps.
  private func rate(_ schedule: LearningRateSchedule, step: Int, reductions: Int = 0) -> Double {
    schedule.rate(
      base: 0.01,
      at: LearningRateSchedule.Position(step: UInt64(step), stepsPerEpoch: 4, epochs: 5, reductions: reductions))
  }

  @Test("The rate of every step is PyTorch's", arguments: schedules)
  func rates(name: String, schedule: LearningRateSchedule) throws {
    let expected = try #require(PyTorchTables.rates[name])
    for step in 0..<20 {
      let found = rate(schedule, step: step)
      #expect(abs(found - expected[step]) < 1e-12 * expected[step], "step \(step): \(found), not \(expected[step])")
    }
  }

  @Test("A plateau lowers the rate after the epochs that PyTorch does, from a state that a text holds")
  func plateau() throws {
    let schedule = LearningRateSchedule(warmUpSteps: 0, shape: .plateau(factor: 0.3, patience: 2, minimum: 5e-4))
    let expected = PyTorchTables.plateau
    #expect(Set(expected.rates).count > 2)
    var state = PlateauState()
    for (epoch, elbo) in expected.elbos.enumerated() {
      let found = rate(schedule, step: 4 * epoch, reductions: state.reductions)
      #expect(abs(found - expected.rates[epoch]) < 1e-12, "epoch \(epoch): \(found), not \(expected.rates[epoch])")
      state.observe(elbo: elbo, patience: 2)
      state = try #require(PlateauState(text: state.text))
    }
  }

  @Test("A cosine stays at its minimum behind its end, and a warm-up that takes all epochs leaves nothing of it")
  func ends() {
    #expect(rate(LearningRateSchedule(warmUpSteps: 0, shape: .cosine(minimum: 1e-4)), step: 25) == 1e-4)
    #expect(rate(LearningRateSchedule(warmUpSteps: 20, shape: .cosine(minimum: 1e-4)), step: 20) == 1e-4)
  }
}
