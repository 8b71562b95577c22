internal import Configuration
internal import Kernels
package import Models

/// Decodes draws from the prior, or from what is given: the paper's Figure 4.
package struct Generator {
  private let model: any Model
  private let seed: UInt64

  package init(_ model: any Model, seed: UInt64) {
    (self.model, self.seed) = (model, seed)
  }

  /// The mean of a modality's distribution for `count` draws.
  /// - Parameters:
  ///   - modality: what is decoded.
  ///   - given: one observation for each given modality, by index, as the networks see it.
  /// - Returns: `[count, values]`, row major; images channels-last.
  package func generate(_ modality: Int, given: [Int: [Float]], count: Int) -> [Float] {
    let block = min(count, Self.blockDraws)
    let proposal = model.makeProposal(given: given.keys.sorted(), decoded: [modality], rows: 1, draws: block)
    encode(given, proposal)
    return stride(from: 0, to: count, by: block).flatMap { start in
      decode(modality, proposal, draws: start..<min(start + block, count))
    }
  }

  /// Draws decoded at a time: memory does not grow with their number.
  private static let blockDraws = 256

  private func decode(_ modality: Int, _ proposal: any Proposal, draws: Range<Int>) -> [Float] {
    let noise = proposal.noise.enumerated().map { part, description in
      let stream = RandomStream(seed: seed, purpose: .generation, part: UInt16(part))
      let arena = FloatArena(count: draws.count * description.width)
      let matrix = arena.matrix(rows: draws.count, columns: description.width)
      for (place, draw) in draws.enumerated() {
        stream.fillNormals(matrix, row: place, at: (step: 0, row: UInt32(draw)))
      }
      return matrix
    }
    var logWeights = [Double](repeating: 0, count: draws.count)
    logWeights.withUnsafeMutableBufferPointer {
      proposal.draw(row: 0, noise: noise, draws: draws.count, logWeights: $0.baseAddress!)
    }
    let output = proposal.decode(modality, draws: draws.count)
    model.likelihood(of: modality).means(output)
    return output.values
  }

  private func encode(_ given: [Int: [Float]], _ proposal: any Proposal) {
    let widths = model.configuration.modalities.map(\.shape.count)
    let inputs = widths.map { FloatArena(count: $0).matrix(rows: 1, columns: $0) }
    for (index, values) in given {
      precondition(values.count == widths[index], "modality \(index) has \(widths[index]) values")
      for (i, value) in values.enumerated() { inputs[index][0, i] = value }
    }
    proposal.encode(inputs, rows: 1)
  }
}
