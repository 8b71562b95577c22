/// The replicas of a model as its layers see them: sums of a few numbers over all of them for synchronised batch
/// normalisation (SyncBatchNorm), and a hook for gradients that are ready (as in PyTorch's DDP).
package protocol ReplicaGroup: AnyObject {
  /// Replaces each value by its sum over all replicas. Every replica calls it with the same count, in the same order.
  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws

  /// Called when a range of this replica's gradients is final for this pass. Every replica makes the same calls in the
  /// same order, at most one per element; what is never marked is ready when the pass has ended.
  func gradientsAreReady(_ range: Range<Int>) throws
}

extension ReplicaGroup {
  package func gradientsAreReady(_ range: Range<Int>) {}
}

/// For evaluation, in which batch norms ask for nothing: every rank goes through its rows alone.
package final class LoneReplica: ReplicaGroup {
  package init() {}

  package func sum(_ values: UnsafeMutableBufferPointer<Double>) {
    preconditionFailure("evaluation needs no sums over replicas")
  }
}

/// The numbers of rows in a pass.
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

/// Whether batch norms use the statistics of the batch or the running statistics.
package enum PassMode: Sendable {
  case training
  case evaluation
}
