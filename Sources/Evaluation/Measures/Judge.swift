package import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
package import Models
package import Runs
package import Storage

/// Which judge a model was measured with.
package struct JudgeDescription: Codable, Equatable, Sendable {
  package var label: String
  /// Of the checkpoint.
  package var epoch: Int
  /// Of the weights.
  package var digest: String
}

/// Classifiers of the modalities of a packed file, which judge what a model decodes.
package final class Judge {
  /// The modality whose classes they tell.
  package var label: String { description.label }
  package var model: any Model { classifier }
  /// Names of the modalities that they tell a class from.
  package var sources: [String] { classifier.sources.map { classifier.configuration.modalities[$0].name } }

  package let description: JudgeDescription
  let classifier: Classifier
  private let passes: [String: ClassifierPass]

  /// - Throws: `EvaluationError` when the model is no classifier.
  package init(_ trained: TrainedModel) throws(EvaluationError) {
    guard let classifier = trained.model as? Classifier else {
      throw EvaluationError(
        "the judge is a model of the family \(trained.configuration.model.family.name.rawValue), not a classifier; "
          + "train one with mhvae-dist judge")
    }
    self.classifier = classifier
    description = JudgeDescription(
      label: classifier.configuration.modalities[classifier.label].name, epoch: trained.epoch,
      digest: classifier.digest)
    passes = Dictionary(
      uniqueKeysWithValues: classifier.sources.map {
        (classifier.configuration.modalities[$0].name, classifier.makePass(from: $0, rows: RowBlocks.rowCount))
      })
  }

  /// How often each classifier is right on test rows. Collective.
  /// - Throws: `EvaluationError` when there are none; `StorageError` when they cannot be read.
  package func accuracies(
    _ dataset: borrowing PackedDataset, collectives: any Collectives
  ) throws -> [AccuracyEstimate] {
    let rowCount = dataset.rowCount(of: .test)
    guard rowCount > 0 else { throw EvaluationError("\(dataset.path) has no test rows to evaluate on") }
    let tests = try JudgedData(self, dataset, .test, rowCount: rowCount, collectives)
    return sources.compactMap { source in
      guard let right = tests.right[source], right.count > 0 else { return nil }
      return AccuracyEstimate(
        modality: label, given: [source], accuracy: right.mean, standardError: right.standardError, rows: right.count)
    }
  }

  /// - Parameters:
  ///   - x: at most a block of rows of the modality, as networks see them.
  ///   - read: called with each row's class and features.
  func judge(_ modality: String, _ x: Matrix, _ read: (_ row: Int, Verdict) -> Void) {
    guard let pass = passes[modality] else { preconditionFailure("\(modality) is not judged") }
    let (logits, features) = pass.classify(x)
    for row in 0..<x.rows {
      read(row, Verdict(class: largestIndex(logits.rows(row..<row + 1).values), features: features.row(row)))
    }
  }

  /// What a classifier says of one row.
  struct Verdict {
    let `class`: Int
    /// Overwritten by the next.
    let features: UnsafeMutablePointer<Float>
  }

  /// Whether features of a modality are few enough for a Fréchet distance.
  func hasDistance(_ modality: String) -> Bool { 1...Self.mostFeatures ~= featureCount(modality) }

  private static let mostFeatures = 2048

  /// Width of the features of a modality.
  func featureCount(_ modality: String) -> Int { passes[modality]?.featureCount ?? 0 }
}

/// How often each classifier is right, and the features of the data.
struct JudgedData {
  /// By modality: rows that are right, of those that have it and a label.
  private(set) var right: [String: Moments] = [:]
  private(set) var features: [String: FeatureMoments] = [:]

  /// Reads the first rows of a split, a block at a time, divided over ranks. Collective.
  init(
    _ judge: Judge, _ dataset: borrowing PackedDataset, _ split: Split, rowCount: Int, _ collectives: any Collectives
  ) throws {
    let (classifier, sources) = (judge.classifier, judge.sources)
    for source in sources {
      right[source] = Moments()
      if judge.hasDistance(source) { features[source] = FeatureMoments(width: judge.featureCount(source)) }
    }
    try classifier.forEachBlock(of: collectives.ownPart(of: rowCount), split, dataset) { first, block in
      let labels = block.inputs[classifier.label]
      for (source, name) in zip(classifier.sources, sources) {
        judge.judge(name, block.inputs[source]) { row, verdict in
          guard block.has(source, row: row) else { return }
          features[name]?.add(verdict.features, row: first + row)
          guard block.has(classifier.label, row: row) else { return }
          right[name]?.add(labels[row, verdict.class] > 0.5 ? 1 : 0)
        }
      }
    }
    for name in sources {
      right[name] = try right[name].map { try $0.shared(collectives) }
      try features[name]?.share { try collectives.sum($0) }
    }
  }
}
