internal import Layers

/// Where the pieces of a rank add up what batch norms ask for: first among themselves, in pairs, then over the ranks.
final class PieceSums {
  private let team: PieceTeam
  /// What each piece wants summed, while it waits.
  private var values: [UnsafeMutableBufferPointer<Double>]
  /// The way to the other ranks, during a pass.
  var ranks: (any ReplicaSum)?

  init(_ team: PieceTeam) {
    self.team = team
    values = Array(repeating: UnsafeMutableBufferPointer(start: nil, count: 0), count: team.count)
  }

  func sum(_ own: UnsafeMutableBufferPointer<Double>, of piece: Int) throws {
    values[piece] = own
    if piece == team.count - 1 {
      addInPairs(values)
      try ranks?.sumOverReplicas(values[0])
      for other in values.dropFirst() { other.baseAddress!.update(from: values[0].baseAddress!, count: own.count) }
    }
    try team.passTurn(from: piece)
  }
}

/// What a piece takes for the other replicas of its model.
final class PieceNeighbours: ReplicaSum {
  private let sums: PieceSums
  private let piece: Int

  init(_ sums: PieceSums, piece: Int) { (self.sums, self.piece) = (sums, piece) }

  func sumOverReplicas(_ values: UnsafeMutableBufferPointer<Double>) throws { try sums.sum(values, of: piece) }
}

/// Adds all buffers, a power of two of them, into the first: neighbours, then pairs of neighbours, and so on. The others
/// are changed, too.
func addInPairs<Number: FloatingPoint>(_ buffers: [UnsafeMutableBufferPointer<Number>]) {
  precondition(buffers.count.nonzeroBitCount == 1)
  var distance = 1
  while distance < buffers.count {
    for left in stride(from: 0, to: buffers.count, by: 2 * distance) {
      let (sum, term) = (buffers[left], buffers[left + distance])
      for i in sum.indices { sum[i] += term[i] }
    }
    distance *= 2
  }
}
