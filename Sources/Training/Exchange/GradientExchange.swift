package import Kernels

/// How the gradients of all ranks become the same step of Adam on all of them.
///
/// In every step each rank fills its gradients, announces ranges that are complete, and calls `finish`, then `update`.
/// Every rank does all of it in the same order. Which way is taken changes results by rounding only, and nothing that
/// is saved. An error leaves ranks that wait: `World.run` ends them.
package protocol GradientExchange: AnyObject {
  var memory: ReplicaMemory { get }
  /// Why another way was taken than the one asked for, for people to read.
  var warning: String? { get }
  /// The way taken, for people to read.
  var summary: String { get }

  /// Nothing will be added to a range of this rank's gradients in this step; what is announced may travel at once.
  func announce(_ range: Range<Int>) throws
  /// Returns when the sums of all gradients are there for `update`. This rank's own gradients may have been changed.
  func finish() throws
  /// One step of Adam on all weights. Returns when all of them may be read.
  /// - Parameter step: 1 for the first step.
  func update(step: UInt64, learningRate: Double) throws

  /// Replaces every element by its sum over all ranks, the same bits on all.
  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws
  /// Gives weights and moments of rank 0 to all ranks.
  func broadcastState() throws
  /// Returns when no rank that shares memory with this one still writes to it.
  func settle() throws
}

/// What a replica keeps for each parameter. Ranks may share it, except for the gradients.
package struct ReplicaMemory {
  package let values: FloatArena
  package let gradients: FloatArena
  package let firstMoment: FloatArena
  package let secondMoment: FloatArena
}
