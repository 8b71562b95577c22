internal import Communication
internal import Kernels

/// One carrier's part of one bucket on its way between the nodes: first the node's own sum, then that of all nodes.
///
/// The part is cut into a piece for each node. A node sends every other its sum of that node's piece, adds up what
/// came for its own piece, in pairs of nodes, and sends the result to all others. That moves as few bytes as an
/// exchange can, and no choice of MPI's decides the order of additions.
final class TravellingPart {
  private enum State {
    case resting
    /// Pieces are on their way to who adds them up.
    case scattering
    /// Sums are on their way to everybody.
    case gathering
  }

  private let range: Range<Int>
  /// This node's piece, from the beginning of `range`'s array.
  private let own: Range<Int>
  private let total: UnsafeMutablePointer<Float>
  /// This node's piece as every node has it; its own is not copied.
  private let terms: UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>
  private let received: FloatArena
  private let scatter: RepeatedMessages
  private let gather: RepeatedMessages
  private var state = State.resting

  /// - Parameters:
  ///   - range: the part, within arrays of all parameters.
  ///   - total: where the sums go, from the first parameter on.
  ///   - tag: two tags from here on are this part's own.
  init(_ range: Range<Int>, total: UnsafeMutablePointer<Float>, _ nodes: NodeGroup, tag: Int) throws {
    let pieces = (0..<range.count).cut(into: nodes.count).map {
      $0.lowerBound + range.lowerBound..<$0.upperBound + range.lowerBound
    }
    let own = pieces[nodes.index]
    (self.range, self.own, self.total) = (range, own, total)
    received = FloatArena(count: own.count * (nodes.count - 1))
    terms = .allocate(capacity: nodes.count)
    let messages = 2 * (nodes.count - 1)
    scatter = try RepeatedMessages(nodes, capacity: messages)
    gather = try RepeatedMessages(nodes, capacity: messages)
    func place(_ piece: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: total + piece.lowerBound, count: piece.count)
    }
    terms.initializeElement(at: nodes.index, to: total + own.lowerBound)
    let others = (0..<nodes.count).filter { $0 != nodes.index }
    for (k, node) in others.enumerated() {
      let arrived = UnsafeMutableBufferPointer(start: received.base + k * own.count, count: own.count)
      terms.initializeElement(at: node, to: arrived.baseAddress!)
      try scatter.addReceive(arrived, from: node, tag: tag)
      try scatter.addSend(UnsafeBufferPointer(place(pieces[node])), to: node, tag: tag)
      try gather.addReceive(place(pieces[node]), from: node, tag: tag + 1)
      try gather.addSend(UnsafeBufferPointer(place(own)), to: node, tag: tag + 1)
    }
  }

  deinit { terms.deallocate() }

  /// Adds up what the ranks of this node have, in pairs, and sends it off.
  func start(_ gradients: UnsafeBufferPointer<UnsafeMutablePointer<Float>>) throws {
    sum(count: range.count, of: gradients, offset: range.lowerBound, into: total + range.lowerBound)
    try scatter.start()
    state = .scattering
  }

  /// Goes on as far as it can without waiting.
  /// - Returns: whether the sums over all nodes are there.
  func advance() throws -> Bool {
    if state == .scattering, try scatter.haveEnded() {
      sum(count: own.count, of: UnsafeBufferPointer(terms), offset: 0, into: total + own.lowerBound)
      try gather.start()
      state = .gathering
    }
    if state == .gathering, try gather.haveEnded() { state = .resting }
    return state == .resting
  }
}
