internal import Configuration
internal import Kernels
internal import Layers
internal import Models

/// Works on a rank's part of a batch in pieces, each as if it were a rank of its own: so the bits of terms and gradients
/// depend on how many pieces there are, not on how many ranks share them.
///
/// Every piece has a model of its own, with the weights of all: activations, gradients and running statistics are its
/// own. The pieces of a rank take turns.
final class PiecedObjective: ObjectivePass {
  let termSums: UnsafeMutableBufferPointer<Double>
  private let pieces: [Piece]
  private let team: PieceTeam
  private let sums: PieceSums
  private let neighbours: [PieceNeighbours]

  private struct Piece {
    let model: any Model
    let objective: any ObjectivePass
    /// Its rows of the rank's part of a full batch.
    let rows: Range<Int>
  }

  /// - Parameters:
  ///   - model: whose gradients and running statistics a pass changes; the first piece works with it.
  ///   - rows: of each piece, one behind another; a power of two of them.
  init(_ model: any Model, rows: [Range<Int>]) throws {
    pieces = try rows.enumerated().map { index, rows in
      let own = index == 0 ? model : try describeModel(model.configuration)
      if index > 0 { own.memory.allocate(values: model.memory.values) }
      return Piece(model: own, objective: own.makeObjectivePass(rows: max(rows.count, 1)), rows: rows)
    }
    let team = PieceTeam(count: rows.count)
    let sums = PieceSums(team)
    (self.team, self.sums) = (team, sums)
    neighbours = rows.indices.map { PieceNeighbours(sums, piece: $0) }
    termSums = pieces[0].objective.termSums
  }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaSum) throws {
    // The first model is the one that is saved, loaded and sent to other ranks.
    for piece in pieces.dropFirst() {
      piece.model.memory.runningStatistics.base.update(
        from: pieces[0].model.memory.runningStatistics.base, count: pieces[0].model.memory.runningStatistics.count)
    }
    try run(replicas) { piece, neighbours in
      try piece.objective.forward(batch.rows(piece.rows), weights: weights, mode: mode, replicas: neighbours)
    }
    addInPairs(pieces.map(\.objective.termSums))
  }

  func backward(_ batch: Batch, replicas: any ReplicaSum) throws {
    try run(replicas) { piece, neighbours in
      try piece.objective.backward(batch.rows(piece.rows), replicas: neighbours)
    }
    addInPairs(pieces.map(\.model.memory.gradients.buffer))
    try replicas.gradientsAreComplete(0..<pieces[0].model.memory.gradients.count)
  }

  private func run(
    _ replicas: any ReplicaSum, _ body: @escaping (Piece, PieceNeighbours) throws -> Void
  ) throws {
    sums.ranks = replicas
    defer { sums.ranks = nil }
    try team.run { [pieces, neighbours] in try body(pieces[$0], neighbours[$0]) }
  }
}

extension Batch {
  /// Some of its rows; fewer where it has fewer.
  fileprivate func rows(_ range: Range<Int>) -> Batch {
    let range = range.clamped(to: 0..<rows.local)
    return Batch(
      rows: BatchRows(local: range.count, global: rows.global), inputs: inputs.map { $0.rows(range) },
      keep: keep?.rows(range), noise: noise.map { $0.rows(range) })
  }
}
