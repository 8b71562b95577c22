package import DataLoading
internal import Evaluation
internal import Kernels
package import Models

extension Model {
  /// What the model makes of one modality of rows of data when it sees others.
  /// - Parameters:
  ///   - target: the modality to decode.
  ///   - given: those that are seen.
  ///   - draws: how often it is drawn for each row; nil for once, with every latent at its mean.
  /// - Returns: for each draw the values of all rows; images channels-last.
  package func imagine(
    _ target: Int, from given: [Int], rows shard: Shard, draws: Int?, seed: UInt64
  ) -> [[Float]] {
    let generator = Generator(
      self, given: given, decoded: [target], latents: draws == nil ? .means : .random(seed: seed))
    var strips = [[Float]](repeating: [], count: draws ?? 1)
    RowBlocks(shard, of: self).forEachBlock { firstRow, block in
      generator.encode(block)
      for row in 0..<block.rows {
        let means = generator.means(row: row, key: firstRow + row, draws: 0..<strips.count)[0]
        for draw in strips.indices { strips[draw] += means.rows(draw..<draw + 1).values }
      }
    }
    return strips
  }
}

extension Shard {
  /// What was observed of a modality in each row; nil where a row lacks it.
  package func observations(of modality: Int) -> [[Float]?] {
    rows.map { has(modality, row: $0) ? values(row: $0, modality: modality) : nil }
  }

  /// A line of pictures of a modality, in words.
  package func title(_ words: String, of modality: Int) -> String {
    rows.allSatisfy { has(modality, row: $0) } ? words : "\(words) (grey: absent)"
  }
}
