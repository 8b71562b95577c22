/// The sum of a few numbers over the replicas of a model: all that batch normalisation asks of the world.
package protocol ReplicaSum: AnyObject {
  /// Replaces each value by its sum over all replicas. Every replica calls it with the same count, in the same order.
  func sumOverReplicas(_ values: UnsafeMutableBufferPointer<Double>) throws
}

/// The rows a pass works on.
package struct BatchRows: Equatable, Sendable {
  /// Rows this replica holds; may be none.
  package let local: Int
  /// Rows of all replicas together.
  package let global: Int

  package init(local: Int, global: Int) {
    precondition(local >= 0 && global >= max(local, 1), "\(local) rows of \(global)")
    (self.local, self.global) = (local, global)
  }
}

/// Whether batch norms use the statistics of the batch or those collected in training.
package enum PassMode: Sendable {
  case training
  case evaluation
}
