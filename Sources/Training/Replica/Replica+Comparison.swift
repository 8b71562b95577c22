internal import Communication
internal import GradientExchange
internal import Kernels
internal import Layers
internal import Models

extension Replica {
  /// Checks that all replicas are equal and their weights finite. Collective.
  /// - Parameter what: after what, such as `epoch 3`.
  /// - Throws: the same on all ranks: `ReplicaDisagreement` with the ranks that differ, or `TrainingError`.
  package func compare(after what: String) throws {
    collectives.watchdog.progress.enter(.comparison)
    try collectives.agreeOnDigest(try digest(), of: "replica state after \(what)")
    try checkWeights(after: what)
  }

  /// Keeps a diverged model from replacing good checkpoints.
  /// - Throws: `TrainingError` when this rank's weights or running statistics cannot be used.
  func checkWeights(after what: String) throws {
    guard areBounded(memory.values.base, count: memory.values.count) else {
      throw TrainingError(
        "after \(what) the weights are not finite, or enormous; the checkpoints before it stay. "
          + "Try a smaller training.learning_rate")
    }
    if let name = model.memory.nonFiniteStatistic {
      throw TrainingError("after \(what) \(name) is not finite; the checkpoints before it stay")
    }
  }
}
