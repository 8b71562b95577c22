internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models

extension Evaluator {
  /// How often what is decoded from all other modalities is what was observed, for every modality that it can be
  /// said of: the most probable class of a categorical one, the rounded values of a flat Bernoulli one.
  /// - Throws: what the exchange throws.
  package func accuracies() throws -> [AccuracyEstimate] {
    let all = model.configuration.modalities.indices
    return try accuracies(all.map { target in (all.filter { $0 != target }, [target]) })
  }

  /// The same of `targets` decoded from `given`.
  package func accuracies(given: [Int], targets: [Int]) throws -> [AccuracyEstimate] {
    try accuracies([(given, targets.filter { !given.contains($0) })])
  }

  private func accuracies(_ queries: [(given: [Int], targets: [Int])]) throws -> [AccuracyEstimate] {
    try queries.filter { !$0.given.isEmpty }.flatMap { query in
      // Of no rows there is none.
      try query.targets.filter(isDecided).map { try accuracy(of: $0, given: query.given) }.filter { $0.rows != 0 }
    }
  }

  private func isDecided(_ modality: Int) -> Bool {
    let modality = model.configuration.modalities[modality]
    return switch (modality.likelihood, modality.shape) {
    case (.categorical, _), (.bernoulli, .flat): true
    default: false
    }
  }

  private func accuracy(of target: Int, given: [Int]) throws -> AccuracyEstimate {
    let modalities = model.configuration.modalities
    let isCategorical = modalities[target].likelihood == .categorical
    let generator = Generator(model, given: given, decoded: [target], latents: .means)
    var moments = Moments()
    blocks.forEachBlock { _, block in
      generator.encode(block)
      for row in 0..<block.rows
      where block.has(target, row: row) && given.contains(where: { block.has($0, row: row) }) {
        let observed = block.inputs[target].rows(row..<row + 1).values
        let decoded = generator.means(row: row)[0].values
        // What a diverged model decodes agrees with nothing, nor does it differ.
        let isFinite = decoded.allSatisfy(\.isFinite)
        moments.add(!isFinite ? .nan : isCategorical ? sameClass(decoded, observed) : agreement(decoded, observed))
      }
    }
    let total = try sum([moments])[0]
    return AccuracyEstimate(
      modality: modalities[target].name, given: given.map { modalities[$0].name }, accuracy: total.mean,
      standardError: total.standardError, rows: total.count)
  }
}

private func sameClass(_ decoded: [Float], _ observed: [Float]) -> Double {
  largestIndex(decoded) == largestIndex(observed) ? 1 : 0
}

/// The share of values that lie on the same side of a half.
private func agreement(_ decoded: [Float], _ observed: [Float]) -> Double {
  let equal = zip(decoded, observed).count { ($0 > 0.5) == ($1 > 0.5) }
  return Double(equal) / Double(decoded.count)
}

/// The index of the largest value; the first of several.
package func largestIndex(_ values: [Float]) -> Int {
  values.indices.max { values[$0] < values[$1] } ?? 0
}
