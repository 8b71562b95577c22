internal import GradientExchange
internal import Kernels
internal import Layers
internal import Models
internal import Optimizers

/// The model whose weights and running statistics are the moving averages of those in training.
///
/// The weights' average is kept by the optimiser, and shared as weights are. Running statistics are few, and every rank
/// averages its own.
struct AveragedModel {
  let model: any Model
  private let settings: OptimizerSettings

  /// - Returns: nil if the optimiser keeps no average.
  init?(of trained: any Model, _ memory: ReplicaMemory, _ settings: OptimizerSettings) throws {
    guard let average = memory.optimizer.average else { return nil }
    self.settings = settings
    model = try describeModel(trained.configuration)
    // Evaluation computes no gradients.
    model.memory.allocate(values: average, gradients: memory.gradients)
  }

  /// Starts from the weights as they are.
  func begin(from trained: any Model) {
    for (mine, theirs) in [
      (model.memory.values, trained.memory.values),
      (model.memory.runningStatistics, trained.memory.runningStatistics),
    ] { mine.base.update(from: theirs.base, count: theirs.count) }
  }

  /// Averages the running statistics after a step, counted from 0.
  func updateStatistics(from trained: any Model, step: UInt64) {
    guard let decay = settings.averageDecay(step: step) else { return }
    let statistics = trained.memory.runningStatistics
    updateMovingAverage(
      model.memory.runningStatistics.base, of: statistics.base, count: statistics.count, decay: decay)
  }
}
