/// What layers ask of the world and tell it: the sum of a few numbers over the replicas of a model, for batch
/// normalisation, and which gradients are complete.
package protocol ReplicaSum: AnyObject {
  /// Replaces each value by its sum over all replicas. Every replica calls it with the same count, in the same order.
  func sumOverReplicas(_ values: UnsafeMutableBufferPointer<Double>) throws

  /// Hears that nothing will be added to a range of this replica's gradients any more. Every replica says so in the
  /// same order, at most once in a pass; what is never announced is complete when the pass has ended.
  func gradientsAreComplete(_ range: Range<Int>) throws
}

extension ReplicaSum {
  package func gradientsAreComplete(_ range: Range<Int>) {}
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
