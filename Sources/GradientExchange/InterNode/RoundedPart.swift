internal import Kernels

/// One rank's part of one bucket in bf16, as it travels between nodes, with error feedback.
///
/// A node rounds what it sends: its own sums of the other nodes' chunks, and the total of its own chunk. That is every
/// parameter of the part once, so one residual a parameter on each node holds all that rounding has lost there.
final class RoundedPart {
  private let range: Range<Int>
  private let own: Range<Int>
  private let residual: UnsafeMutablePointer<Float>
  /// The part: what is sent, and where totals of other nodes arrive.
  private let numbers: BF16Arena
  /// This node's chunk as the other nodes have it.
  private let arrived: BF16Arena

  /// - Parameters:
  ///   - range: the part, within arrays of all parameters.
  ///   - own: this node's chunk of it.
  ///   - residual: what rounding has lost so far on this node, from the first parameter on.
  ///   - others: how many other nodes there are.
  init(_ range: Range<Int>, own: Range<Int>, residual: UnsafeMutablePointer<Float>, others: Int) {
    (self.range, self.own, self.residual) = (range, own, residual)
    numbers = BF16Arena(count: range.count)
    arrived = BF16Arena(count: own.count * others)
  }

  /// Where a chunk lies while it travels.
  func buffer(_ chunk: Range<Int>) -> UnsafeMutableBufferPointer<UInt16> {
    UnsafeMutableBufferPointer(start: place(chunk), count: chunk.count)
  }

  /// Where this node's chunk arrives from another node, the k-th of them.
  func arrival(_ k: Int) -> UnsafeMutableBufferPointer<UInt16> {
    UnsafeMutableBufferPointer(start: arrived.base + k * own.count, count: own.count)
  }

  /// Rounds a chunk of the sums for the way; they become what is sent.
  func round(_ chunk: Range<Int>, of sums: UnsafeMutablePointer<Float>) {
    roundWithFeedback(
      sums + chunk.lowerBound, residual: residual + chunk.lowerBound, into: place(chunk), count: chunk.count)
  }

  /// Puts a chunk that has arrived among the sums.
  func widen(_ chunk: Range<Int>, into sums: UnsafeMutablePointer<Float>) {
    Kernels.widen(place(chunk), into: sums + chunk.lowerBound, count: chunk.count)
  }

  /// What has arrived of this node's chunk, as floats, one node's after another's.
  func widenArrivals(into terms: FloatArena) {
    Kernels.widen(arrived.base, into: terms.base, count: arrived.count)
  }

  private func place(_ chunk: Range<Int>) -> UnsafeMutablePointer<UInt16> {
    numbers.base + (chunk.lowerBound - range.lowerBound)
  }
}
