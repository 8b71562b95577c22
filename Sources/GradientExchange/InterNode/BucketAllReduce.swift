internal import Communication
internal import Kernels

/// All-reduce over the nodes of one rank's part of one bucket: reduce-scatter, then all-gather.
///
/// The part has a chunk for each node. A node sends every other node its own sum of that node's chunk, adds up what it
/// receives for its own chunk in pairs of nodes (pairwise summation), and sends the result to all others. No all-reduce
/// moves fewer bytes, and the order of additions does not depend on MPI.
final class BucketAllReduce {
  private enum State {
    case idle
    case reduceScatter
    case allGather
  }

  private let range: Range<Int>
  /// This node's chunk, from the beginning of `range`'s array.
  private let own: Range<Int>
  private let total: UnsafeMutablePointer<Float>
  /// This node's chunk as every node has it; its own is not copied.
  private let terms: UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>
  private let received: FloatArena
  private let reduceScatter: PersistentMessages
  private let allGather: PersistentMessages
  private var state = State.idle

  /// - Parameters:
  ///   - range: the part, within arrays of all parameters.
  ///   - total: the array that receives the sums, from the first parameter on.
  ///   - tag: reserves this tag and the next.
  init(_ range: Range<Int>, total: UnsafeMutablePointer<Float>, _ topology: NodeTopology, tag: Int) throws {
    let chunks = (0..<range.count).partitioned(into: topology.count).map {
      $0.lowerBound + range.lowerBound..<$0.upperBound + range.lowerBound
    }
    let own = chunks[topology.index]
    (self.range, self.own, self.total) = (range, own, total)
    received = FloatArena(count: own.count * (topology.count - 1))
    terms = .allocate(capacity: topology.count)
    let messages = 2 * (topology.count - 1)
    reduceScatter = try PersistentMessages(topology, capacity: messages)
    allGather = try PersistentMessages(topology, capacity: messages)
    func buffer(_ chunk: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: total + chunk.lowerBound, count: chunk.count)
    }
    terms.initializeElement(at: topology.index, to: total + own.lowerBound)
    let others = (0..<topology.count).filter { $0 != topology.index }
    for (k, node) in others.enumerated() {
      let arrived = UnsafeMutableBufferPointer(start: received.base + k * own.count, count: own.count)
      terms.initializeElement(at: node, to: arrived.baseAddress!)
      try reduceScatter.addReceive(arrived, from: node, tag: tag)
      try reduceScatter.addSend(UnsafeBufferPointer(buffer(chunks[node])), to: node, tag: tag)
      try allGather.addReceive(buffer(chunks[node]), from: node, tag: tag + 1)
      try allGather.addSend(UnsafeBufferPointer(buffer(own)), to: node, tag: tag + 1)
    }
  }

  deinit {
    terms.deallocate()
    // An error ends the job while messages are in flight: MPI may still write to what is received.
    if state != .idle { _ = Unmanaged.passRetained(received) }
  }

  /// Sums what the ranks of this node have, in pairs, and starts the reduce-scatter.
  func start(_ gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>) throws {
    sum(count: range.count, of: gradients, offset: range.lowerBound, into: total + range.lowerBound)
    try reduceScatter.start()
    state = .reduceScatter
  }

  /// Advances as far as possible without waiting.
  /// - Returns: whether the sums over all nodes have arrived.
  func progress() throws -> Bool {
    if state == .reduceScatter, try reduceScatter.areComplete() {
      sum(count: own.count, of: UnsafeBufferPointer(terms), offset: 0, into: total + own.lowerBound)
      try allGather.start()
      state = .allGather
    }
    if state == .allGather, try allGather.areComplete() { state = .idle }
    return state == .idle
  }
}
