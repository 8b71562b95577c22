internal import Configuration
internal import Evaluation
internal import Foundation
internal import Kernels
internal import Models
internal import Storage

/// The log weights of one `evaluate/<i>` group, for one rank's rows, and what `ImportanceSampler` makes of its noise.
struct LogWeights {
  private(set) var logWeights: [Double] = []
  private(set) var logMeanExps: [Double] = []

  init(_ fixture: Fixture, _ model: any Model, group: String, rows: Range<Int>) throws {
    let names = fixture.configuration.modalities.map(\.name)
    let given = try Self.indices("given", fixture, group, names)
    let targets = try Self.indices("targets", fixture, group, names)
    let draws = try fixture.file.readDoubles("\(group)/log_weights").shape[1]
    let proposal = model.makeProposal(given: given, decoded: targets, rows: rows.count, draws: draws)
    let batch = try RankBatch(fixture, model, rows)
    let observations = batch.observations
    proposal.encode(observations)
    for (place, row) in rows.enumerated() {
      let noise = try NoiseOfRow(fixture, proposal.noise, group: group, row: row, draws: draws)
      var weights = [Double](repeating: 0, count: draws)
      weights.withUnsafeMutableBufferPointer {
        proposal.draw(row: place, noise: noise.matrices, draws: draws, logWeights: $0.baseAddress!)
      }
      for modality in targets where observations.has(modality, row: place) {
        var scores = [Double](repeating: 0, count: draws)
        scores.withUnsafeMutableBufferPointer {
          let scores = $0.baseAddress!
          proposal.decode(modality, draws: draws) { draws, output in
            model.likelihood(of: modality).logProbabilities(
              output: output, x: observations.inputs[modality].repeating(row: place, count: draws.count),
              into: scores + draws.lowerBound)
          }
        }
        for i in weights.indices { weights[i] += scores[i] }
      }
      logWeights += weights
    }
    let sampler = ImportanceSampler(model, given: given, targetSets: [targets], samples: draws) {
      matrix, latent, range, row in
      // What the file holds of it was read just above: there is no error left to happen.
      guard let values = try? fixture.floats("\(group)/noise/\(proposal.noise[latent].name)") else { return }
      for (place, draw) in range.enumerated() {
        for column in 0..<matrix.columns {
          matrix[place, column] = values[(Int(row) * draws + draw) * matrix.columns + column]
        }
      }
    }
    sampler.estimate(observations, firstRow: rows.lowerBound) { logMeanExps.append($1[0]) }
  }

  private static func indices(
    _ attribute: String, _ fixture: Fixture, _ group: String, _ names: [String]
  ) throws -> [Int] {
    let text = try fixture.file.attribute(attribute, at: group)
    let listed = try JSONDecoder().decode([String].self, from: Data(text.utf8))
    return names.indices.filter { listed.contains(names[$0]) }
  }
}

/// The noise of one row's draws.
private struct NoiseOfRow: ~Copyable {
  private let arenas: [FloatArena]
  let matrices: [Matrix]

  init(
    _ fixture: Fixture, _ noise: [NoiseDescription], group: String, row: Int, draws: Int
  ) throws {
    var arenas: [FloatArena] = []
    matrices = try noise.map { part in
      let count = draws * part.width
      let arena = FloatArena(count: count)
      let values = try fixture.floats("\(group)/noise/\(part.name)")
      for i in 0..<count { arena.base[i] = values[row * count + i] }
      arenas.append(arena)
      return arena.matrix(rows: draws, columns: part.width)
    }
    self.arenas = arenas
  }
}
