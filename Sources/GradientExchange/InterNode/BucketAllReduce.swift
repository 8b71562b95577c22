internal import Communication
internal import Kernels

/// All-reduce over the nodes of one rank's part of one bucket: reduce-scatter, then all-gather.
///
/// The part has a chunk for each node. A node sends every other node its own sum of that node's chunk, adds up what it
/// receives for its own chunk in pairs of nodes (pairwise summation), and sends the result to all others. No all-reduce
/// moves fewer numbers, and the order of additions does not depend on MPI. Numbers travel as floats, or in half the bytes
/// as bf16 (`RoundedPart`).
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
  /// The other nodes' chunks.
  private let foreign: [Range<Int>]
  /// What travels in place of the floats; nil if they do.
  private let rounded: RoundedPart?
  private let reduceScatter: PersistentMessages
  private let allGather: PersistentMessages
  private var state = State.idle
  /// What is sent in a step.
  private(set) var traffic = GradientTraffic()

  /// - Parameters:
  ///   - range: the part, within arrays of all parameters.
  ///   - total: the array that receives the sums, from the first parameter on.
  ///   - residual: what rounding to bf16 has lost so far on this node, from the first parameter on; nil where floats
  ///     travel.
  ///   - tag: reserves this tag and the next.
  init(
    _ range: Range<Int>, total: UnsafeMutablePointer<Float>, residual: UnsafeMutablePointer<Float>?,
    _ topology: NodeTopology, tag: Int
  ) throws {
    let chunks = range.chunks(nodes: topology.count)
    let own = chunks[topology.index]
    (self.range, self.own, self.total) = (range, own, total)
    let others = (0..<topology.count).filter { $0 != topology.index }
    foreign = others.map { chunks[$0] }
    received = FloatArena(count: own.count * others.count)
    rounded = residual.map { RoundedPart(range, own: own, residual: $0, others: others.count) }
    terms = .allocate(capacity: topology.count)
    reduceScatter = try PersistentMessages(topology, capacity: 2 * others.count)
    allGather = try PersistentMessages(topology, capacity: 2 * others.count)
    terms.initializeElement(at: topology.index, to: total + own.lowerBound)
    for (k, node) in others.enumerated() {
      terms.initializeElement(at: node, to: received.base + k * own.count)
      if let rounded {
        try addMessages(node, arrival: rounded.arrival(k), rounded.buffer(chunks[node]), rounded.buffer(own), tag)
      } else {
        try addMessages(
          node, arrival: UnsafeMutableBufferPointer(start: received.base + k * own.count, count: own.count),
          sums(chunks[node]), sums(own), tag)
      }
    }
  }

  private func sums(_ chunk: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: total + chunk.lowerBound, count: chunk.count)
  }

  /// The messages with another node.
  /// - Parameters:
  ///   - arrival: where this node's chunk arrives as the other node has it.
  ///   - foreign: the other node's chunk.
  ///   - own: this node's.
  private func addMessages<Number: Transmissible>(
    _ node: Int, arrival: UnsafeMutableBufferPointer<Number>, _ foreign: UnsafeMutableBufferPointer<Number>,
    _ own: UnsafeMutableBufferPointer<Number>, _ tag: Int
  ) throws {
    // Both sides know which chunks of short parts are empty.
    if !own.isEmpty {
      try reduceScatter.addReceive(arrival, from: node, tag: tag)
      try allGather.addSend(UnsafeBufferPointer(own), to: node, tag: tag + 1)
      traffic.add(bytes: own.count * MemoryLayout<Number>.stride)
    }
    if !foreign.isEmpty {
      try reduceScatter.addSend(UnsafeBufferPointer(foreign), to: node, tag: tag)
      traffic.add(bytes: foreign.count * MemoryLayout<Number>.stride)
      try allGather.addReceive(foreign, from: node, tag: tag + 1)
    }
  }

  /// Bytes that arrive from other nodes, and of numbers on their way that are not floats.
  static func byteCount(_ range: Range<Int>, nodes: Int, _ wire: WireFormat) -> Int {
    let arriving = (range.chunks(nodes: nodes).map(\.count).max() ?? 0) * (nodes - 1)
    return 4 * arriving + (wire == .f32 ? 0 : wire.bytes * (range.count + arriving))
  }

  deinit {
    terms.deallocate()
    // An error ends the job while messages are in flight: MPI may still write to what is received.
    if state != .idle {
      _ = Unmanaged.passRetained(received)
      _ = rounded.map { Unmanaged.passRetained($0) }
    }
  }

  /// Sums what the ranks of this node have, in pairs, and starts the reduce-scatter.
  func start(_ gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>) throws {
    sum(count: range.count, of: gradients, offset: range.lowerBound, into: total + range.lowerBound)
    if let rounded { for chunk in foreign { rounded.round(chunk, of: total) } }
    try reduceScatter.start()
    state = .reduceScatter
  }

  /// Advances as far as possible without waiting.
  /// - Returns: whether the sums over all nodes have arrived.
  func progress() throws -> Bool {
    if state == .reduceScatter, try reduceScatter.areComplete() {
      rounded?.widenArrivals(into: received)
      sum(count: own.count, of: UnsafeBufferPointer(terms), offset: 0, into: total + own.lowerBound)
      rounded?.round(own, of: total)
      try allGather.start()
      state = .allGather
    }
    if state == .allGather, try allGather.areComplete() {
      if let rounded { for chunk in foreign { rounded.widen(chunk, into: total) } }
      state = .idle
    }
    return state == .idle
  }
}
