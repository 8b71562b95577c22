internal import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models
internal import Storage

/// The classes that rows have, of one modality of a file; nil for rows without.
struct RowLabels {
  let name: String
  let count: Int
  let training: [Int?]
  let test: [Int?]

  /// - Precondition: the file has the modality.
  init(_ name: String, _ dataset: borrowing PackedDataset) throws {
    guard let description = dataset.modalities.first(where: { $0.name == name }) else {
      preconditionFailure("the label was not checked against the data")
    }
    (self.name, count) = (name, description.elementCount)
    training = try dataset.classIndices(of: description, .train)
    test = try dataset.classIndices(of: description, .test)
  }
}

extension Evaluator {
  /// How well a linear classifier of posterior means, fitted on training rows, tells the classes of test rows; one for
  /// each latent that what is given determines. None where the label itself is given.
  func probe(_ given: [Int], _ labels: RowLabels, _ dataset: borrowing PackedDataset) throws -> [MeasureEstimate] {
    guard !names(given).contains(labels.name) else { return [] }
    let training = collectives.ownPart(of: min(Self.probeRows, dataset.rowCount(of: .train)))
    let fitted = try posteriorMeans(given, labels.training, .train, rows: training, dataset)
    let tests = try posteriorMeans(given, labels.test, .test, rows: collectives.ownPart(of: rowCount), dataset)
    return try zip(fitted, tests).compactMap { training, test in
      var counts = [Double(training.classes.count), Double(test.classes.count)]
      try counts.withUnsafeMutableBufferPointer { try collectives.sum($0) }
      guard counts.allSatisfy({ $0 > 0 }) else { return nil }
      let regression = try LogisticRegression(
        training.values, training.classes, featureCount: training.width, classCount: labels.count
      ) { try collectives.sum($0) }
      var moments = Moments()
      for (predicted, own) in zip(regression.predict(test.values), test.classes) {
        moments.add(predicted == own ? 1 : 0)
      }
      let total = try moments.shared(collectives)
      return MeasureEstimate(
        .linearProbe, of: training.latent, given: names(given), value: total.mean, standardError: total.standardError,
        rows: total.count)
    }
  }

  /// The posterior means of one latent for rows that have a class and what determines it.
  private struct PosteriorMeans {
    let latent: String
    let width: Int
    var values: [Float] = []
    var classes: [Int] = []
  }

  private func posteriorMeans(
    _ given: [Int], _ labels: [Int?], _ split: Split, rows: Range<Int>, _ dataset: borrowing PackedDataset
  ) throws -> [PosteriorMeans] {
    let proposal = model.makeProposal(given: given, decoded: [], rows: RowBlocks.rowCount, draws: 1)
    // A modality's own latent is known where it is given.
    var means = proposal.noise.filter { $0.modality.map(given.contains) ?? true }.map {
      PosteriorMeans(latent: $0.name, width: $0.width)
    }
    try model.forEachBlock(of: rows, split, dataset) { first, block in
      proposal.encode(block)
      for posterior in proposal.posteriors {
        guard let place = means.firstIndex(where: { $0.latent == posterior.name }) else { continue }
        for row in 0..<block.rows {
          let isKnown = posterior.modality.map { block.has($0, row: row) } ?? given.contains { block.has($0, row: row) }
          guard isKnown, let own = labels[first + row] else { continue }
          let matrix = posterior.distribution.mean
          means[place].values += UnsafeBufferPointer(start: matrix.row(row), count: matrix.columns)
          means[place].classes.append(own)
        }
      }
    }
    return means
  }
}
