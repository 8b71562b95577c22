internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models

extension Evaluator {
  /// A latent dimension is active if its posterior mean varies with the data by more than this (Burda, Grosse and
  /// Salakhutdinov, Importance Weighted Autoencoders, appendix C).
  package static let activityThreshold = 0.01

  /// The active dimensions of every latent, all modalities given; none of a single row, with which nothing varies.
  /// - Throws: what the exchange throws.
  package func activeUnits() throws -> [ActiveUnits] {
    guard rowCount > 1 else { return [] }
    let all = Array(model.configuration.modalities.indices)
    let proposal = model.makeProposal(given: all, decoded: [], rows: RowBlocks.rowCount, draws: 1)
    var names: [String] = []
    var widths: [Int] = []
    var moments: [Moments] = []
    // A rank without rows must still know how many numbers there are.
    proposal.encode(model.nothingObserved)
    for posterior in proposal.posteriors {
      names.append(posterior.name)
      widths.append(posterior.distribution.latent)
      moments += [Moments](repeating: Moments(), count: posterior.distribution.latent)
    }
    blocks.forEachBlock { _, block in
      proposal.encode(block)
      var first = 0
      for posterior in proposal.posteriors {
        for row in 0..<block.rows where posterior.modality.map({ block.has($0, row: row) }) ?? true {
          for (unit, value) in posterior.distribution.mean.rows(row..<row + 1).values.enumerated() {
            moments[first + unit].add(Double(value))
          }
        }
        first += posterior.distribution.latent
      }
    }
    var rest = try sum(moments)[...]
    return zip(names, widths).map { name, width in
      let units = rest.prefix(width)
      rest = rest.dropFirst(width)
      return ActiveUnits(
        latent: name, active: units.count { ($0.variance ?? 0) > Self.activityThreshold }, count: width)
    }
  }
}
