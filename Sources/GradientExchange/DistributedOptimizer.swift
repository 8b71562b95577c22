package import Kernels
package import Optimizers

/// Turns the gradients of all ranks into the same optimiser step on all of them: gradient synchronisation and
/// optimiser together, as Horovod's `DistributedOptimizer` does.
///
/// In every step each rank fills its gradients, marks ranges as ready while the backward pass runs, then calls
/// `finishReduction` and `update`. All ranks make the same calls in the same order. Implementations differ by rounding
/// only, and in nothing that a run cannot go on without. An error leaves other ranks waiting: `World.run` ends them.
package protocol DistributedOptimizer: AnyObject {
  var memory: ReplicaMemory { get }
  /// Why another method was chosen than the configured one, as a sentence for people.
  var warning: String? { get }
  /// The method, in words for people.
  var summary: String { get }

  /// The gradients that this rank sends to other nodes in a step, counted from the messages that there are.
  var traffic: GradientTraffic { get }

  /// Declares a range of this rank's gradients final for this step: its reduction may start (DDP's ready hook).
  func markReady(_ range: Range<Int>) throws
  /// Returns when the sums of all gradients are available to `update`. May overwrite this rank's own gradients.
  /// - Parameter measuringNorm: whether the norm of the summed gradient is wanted, which costs another pass over it.
  /// - Returns: this rank's share of the squared norm, to be added over all ranks; 0 if it is not wanted.
  func finishReduction(measuringNorm: Bool) throws -> Double
  /// Takes one step on all weights. Returns when all of them may be read.
  func update(_ step: OptimizerStep) throws

  /// Replaces every element by its sum over all ranks, the same bits on all.
  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws
  /// Copies weights, moments and averages of rank 0 to all ranks.
  func broadcastState() throws
  /// A digest of what the ranks of a node share, taken once on each of them. Collective.
  /// - Parameter digest: 32 bytes.
  /// - Returns: on every rank that of its node, or its own where nothing is shared.
  func digestOfNode(_ digest: () -> [UInt8]) throws -> [UInt8]
  /// Moves what rounding between nodes has lost to the first node, which writes checkpoints: all nodes add theirs up, and
  /// the others forget it. Collective.
  func collectResidual() throws
  /// Returns when no rank that shares memory with this one still writes to it.
  func fence() throws
}

/// What a replica stores for each parameter. Ranks may share everything but the gradients.
package struct ReplicaMemory {
  package let values: FloatArena
  package let gradients: FloatArena
  package let optimizer: OptimizerState
  /// What rounding gradients between nodes has lost on this node and the next step adds (error feedback); nil where
  /// floats travel.
  package let residual: FloatArena?

  /// What rank 0 has and all others must have, too.
  var saved: [FloatArena] { [values] + optimizer.arenas }
}
