internal import Layers

/// Sums of batch-norm statistics over the micro-batches of a rank, pairwise, and then over the ranks.
final class MicroBatchSums {
  private let threads: MicroBatchThreads
  /// What each micro-batch contributes, while it waits.
  private var values: [UnsafeMutableBufferPointer<Double>]
  /// The other ranks; set during a pass.
  var ranks: (any ReplicaGroup)?

  init(_ threads: MicroBatchThreads) {
    self.threads = threads
    values = Array(repeating: UnsafeMutableBufferPointer(start: nil, count: 0), count: threads.count)
  }

  func sum(_ own: UnsafeMutableBufferPointer<Double>, of microBatch: Int) throws {
    values[microBatch] = own
    if microBatch == threads.count - 1 {
      // One that failed has left here what it summed before.
      try threads.throwFailure()
      sumPairwise(values)
      try ranks?.sum(values[0])
      for other in values.dropFirst() { other.baseAddress!.update(from: values[0].baseAddress!, count: own.count) }
    }
    try threads.passTurn(from: microBatch)
  }
}

/// One micro-batch as a member of the group of all replicas and micro-batches.
final class MicroBatchReplica: ReplicaGroup {
  private let sums: MicroBatchSums
  private let microBatch: Int

  init(_ sums: MicroBatchSums, microBatch: Int) { (self.sums, self.microBatch) = (sums, microBatch) }

  func sum(_ values: UnsafeMutableBufferPointer<Double>) throws { try sums.sum(values, of: microBatch) }
}

/// Adds all buffers, a power of two of them, into the first by pairwise summation: neighbours, then pairs of
/// neighbours, and so on. Overwrites the others.
func sumPairwise<Number: FloatingPoint>(_ buffers: [UnsafeMutableBufferPointer<Number>]) {
  precondition(buffers.count.nonzeroBitCount == 1 && buffers.allSatisfy { $0.count == buffers[0].count })
  var distance = 1
  while distance < buffers.count {
    for left in stride(from: 0, to: buffers.count, by: 2 * distance) {
      let (sum, term) = (buffers[left], buffers[left + distance])
      for i in sum.indices { sum[i] += term[i] }
    }
    distance *= 2
  }
}
