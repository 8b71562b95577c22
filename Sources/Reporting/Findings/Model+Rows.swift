internal import Configuration
internal import DataLoading
internal import Evaluation
internal import Kernels
internal import Models

extension Model {
  /// The posterior means, all modalities given, of the latent that belongs to all of them: the core of a hierarchy, or
  /// the only one. Of rows that have a label.
  func sharedLatent(
    of shard: Shard, label: Int
  ) -> (name: String, means: [(row: Int, label: Int, mean: [Double])]) {
    let all = Array(configuration.modalities.indices)
    let proposal = makeProposal(given: all, decoded: [], rows: RowBlocks.rowCount, draws: 1)
    var name = ""
    var means: [(row: Int, label: Int, mean: [Double])] = []
    RowBlocks(shard, of: self).forEachBlock { firstRow, block in
      proposal.encode(block)
      // The shared latent comes before those of modalities.
      guard let posterior = proposal.posteriors.first else { return }
      name = posterior.name
      for row in 0..<block.rows where block.has(label, row: row) {
        means.append(
          (
            firstRow + row, largestIndex(block.inputs[label].rows(row..<row + 1).values),
            posterior.distribution.mean.rows(row..<row + 1).values.map(Double.init)
          ))
      }
    }
    return (name, means)
  }

  /// The class of each row that has one, and the one that is decoded when only `given` is seen, every latent at its mean.
  func decode(_ label: Int, from given: [Int], of shard: Shard) -> [(observed: Int, decoded: Int)] {
    let generator = Generator(self, given: given, decoded: [label], latents: .means)
    var pairs: [(observed: Int, decoded: Int)] = []
    RowBlocks(shard, of: self).forEachBlock { _, block in
      generator.encode(block)
      for row in 0..<block.rows where block.has(label, row: row) {
        let observed = block.inputs[label].rows(row..<row + 1).values
        pairs.append((largestIndex(observed), largestIndex(generator.means(row: row)[0].values)))
      }
    }
    return pairs
  }
}
