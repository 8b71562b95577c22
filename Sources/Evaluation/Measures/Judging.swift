internal import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models
internal import Storage

/// What a judge says of modalities that a model decodes.
struct Judging {
  private let evaluator: Evaluator
  private let judge: Judge
  private let tests: JudgedData
  /// The class of every test row that has one.
  private let labels: [Int?]

  init(_ evaluator: Evaluator, _ judge: Judge, tests: JudgedData, labels: [Int?]) {
    (self.evaluator, self.judge, self.tests, self.labels) = (evaluator, judge, tests, labels)
  }

  private var modalities: [ModalityConfiguration] { evaluator.model.configuration.modalities }

  /// Indices of the modalities that show a class: those that are judged, and the label itself. What is decoded of counts
  /// with `exposure: total` are rates for a total of 1, which a classifier of counts does not know.
  private var judged: [Int] {
    modalities.indices.filter {
      modalities[$0].name == judge.label
        || judge.sources.contains(modalities[$0].name) && modalities[$0].exposure == .none
    }
  }

  /// Features of training rows beside those of test rows: as far as data lie from data.
  func floors(_ training: JudgedData) -> [MeasureEstimate] {
    judged.compactMap { modality in
      training.features[modalities[modality].name].flatMap { distance(modality, .frechetFloor, given: [], $0) }
    }
  }

  /// Draws from the prior: whether all modalities of a draw are of one class, and how their features are distributed.
  /// Collective.
  func prior() throws -> [MeasureEstimate] {
    let generator = generator(given: [], decoding: judged)
    generator.encode(evaluator.model.nothingObserved)
    var (agreeing, features) = (Moments(), emptyFeatures(judged))
    let own = evaluator.collectives.ownPart(of: Evaluator.jointDraws)
    for start in stride(from: own.lowerBound, to: own.upperBound, by: Generator.blockDraws) {
      let draws = start..<min(start + Generator.blockDraws, own.upperBound)
      let classes = zip(judged, generator.means(row: 0, draws: draws)).map { modality, values in
        self.classes(modality, values) { features[modality]?.add($1, row: start + $0) }
      }
      for draw in 0..<draws.count {
        let found = Set(classes.map { $0[draw] })
        agreeing.add(found.count == 1 && found != [nil] ? 1 : 0)
      }
    }
    let total = try agreeing.shared(evaluator.collectives)
    let coherence =
      judged.count < 2 || total.count == 0
      ? []
      : [
        MeasureEstimate(
          .jointCoherence, of: names(judged), given: [], value: total.mean, standardError: total.standardError,
          rows: total.count, classifierAccuracy: lowestAccuracy(judged))
      ]
    return coherence + (try distances(features, given: [], isPaired: false))
  }

  /// What is decoded of test rows from each subset, latents drawn from q(.|x_S): whether it has the class of the row, and
  /// how its features are distributed. Collective.
  /// - Parameter advance: called when a subset is done.
  func conditional(_ subsets: [[Int]], advance: () -> Void) throws -> [MeasureEstimate] {
    var estimates: [MeasureEstimate] = []
    for size in Set(subsets.map(\.count)).sorted() {
      let group = subsets.filter { $0.count == size }
      var sums: [Int: (sum: Double, subsets: Int)] = [:]
      var means: [Double] = []
      var lines = 0
      for given in group {
        let found = try conditional(given) { row, share in
          let old = sums[row] ?? (0, 0)
          sums[row] = (old.sum + share, old.subsets + 1)
        }
        estimates += found
        let values = found.filter { $0.measure == .conditionalCoherence }.map(\.value)
        if !values.isEmpty { means.append(values.reduce(0, +) / Double(values.count)) }
        lines += values.count
        advance()
      }
      // The error is that of the rows' own means: it knows what subsets have in common.
      var moments = Moments()
      for row in sums.keys.sorted() { if let own = sums[row] { moments.add(own.sum / Double(own.subsets)) } }
      let total = try moments.shared(evaluator.collectives)
      guard lines > 1 else { continue }
      estimates.append(
        MeasureEstimate(
          .meanConditionalCoherence, of: "all", given: [], subsetSize: size,
          value: means.reduce(0, +) / Double(means.count), standardError: total.standardError, rows: total.count,
          classifierAccuracy: lowestAccuracy(judged)))
    }
    return estimates
  }

  /// - Parameter add: called with each row that counts, and for which part of the targets the class is right.
  private func conditional(_ given: [Int], _ add: (_ row: Int, _ share: Double) -> Void) throws -> [MeasureEstimate] {
    let targets = judged.filter { !given.contains($0) }
    let generator = generator(given: given, decoding: targets)
    var (right, features) = (targets.map { _ in Moments() }, emptyFeatures(targets))
    evaluator.blocks.forEachBlock { firstRow, block in
      generator.encode(block)
      for row in 0..<block.rows where given.contains(where: { block.has($0, row: row) }) {
        let number = firstRow + row
        let classes = zip(targets, generator.means(row: row, key: number)).map { modality, values in
          self.classes(modality, values) { features[modality]?.add($1, row: number) }[0]
        }
        guard let own = labels[number], !targets.isEmpty else { continue }
        for place in targets.indices { right[place].add(classes[place] == own ? 1 : 0) }
        add(number, Double(classes.count { $0 == own }) / Double(targets.count))
      }
    }
    let totals = try right.shared(evaluator.collectives)
    let coherence: [MeasureEstimate] = zip(targets, totals).compactMap { modality, total in
      guard total.count > 0 else { return nil }
      return MeasureEstimate(
        .conditionalCoherence, of: modalities[modality].name, given: evaluator.names(given), value: total.mean,
        standardError: total.standardError, rows: total.count, classifierAccuracy: accuracy(modality))
    }
    return coherence + (try distances(features, given: given, isPaired: true))
  }

  private func generator(given: [Int], decoding targets: [Int]) -> Generator {
    Generator(evaluator.model, given: given, decoded: targets, latents: .random(seed: evaluator.seed))
  }

  /// The class of each row of what was decoded, nil where that is not finite; classes themselves need no judge.
  private func classes(
    _ modality: Int, _ values: Matrix, _ read: (_ row: Int, _ features: UnsafeMutablePointer<Float>) -> Void
  ) -> [Int?] {
    let name = modalities[modality].name
    let largest = (0..<values.rows).map { row in
      let row = values.rows(row..<row + 1).values
      return row.allSatisfy(\.isFinite) ? largestIndex(row) : nil
    }
    guard name != judge.label else { return largest }
    if modalities[modality].likelihood == .categorical {
      // A classifier of classes knows observations, not probabilities.
      values.fill(0)
      for (row, own) in largest.enumerated() { if let own { values[row, own] = 1 } }
    }
    var classes: [Int?] = []
    judge.judge(name, values) { row, verdict in
      read(row, verdict.features)
      classes.append(largest[row] == nil ? nil : verdict.class)
    }
    return classes
  }

  private func emptyFeatures(_ targets: [Int]) -> [Int: FeatureMoments] {
    let sources = targets.filter { judge.hasDistance(modalities[$0].name) }
    return Dictionary(
      uniqueKeysWithValues: sources.map {
        ($0, FeatureMoments(width: judge.featureCount(modalities[$0].name)))
      })
  }

  /// Of what was decoded from the test rows' features. Collective.
  /// - Parameter isPaired: whether they are of the test rows themselves.
  private func distances(
    _ features: [Int: FeatureMoments], given: [Int], isPaired: Bool
  ) throws -> [MeasureEstimate] {
    try features.sorted { $0.key < $1.key }.compactMap { modality, moments in
      var all = moments
      try all.share { try evaluator.collectives.sum($0) }
      return distance(modality, .frechetDistance, given: evaluator.names(given), all, isPaired: isPaired)
    }
  }

  private func distance(
    _ modality: Int, _ measure: Measure, given: [String], _ features: FeatureMoments, isPaired: Bool = false
  ) -> MeasureEstimate? {
    let name = modalities[modality].name
    guard let reference = tests.features[name], min(reference.count, features.count) > 1 else { return nil }
    let (value, error) = frechetDistance(features, reference, isPaired: isPaired)
    return MeasureEstimate(
      measure, of: name, given: given, value: value, standardError: error, rows: features.count,
      classifierAccuracy: accuracy(modality))
  }

  private func names(_ modalities: [Int]) -> String { evaluator.names(modalities).joined(separator: ", ") }

  /// Of the modality's classifier on test rows; nil for the label.
  private func accuracy(_ modality: Int) -> Double? {
    tests.right[modalities[modality].name].flatMap { $0.count > 0 ? $0.mean : nil }
  }

  /// Of the classifiers of several modalities.
  private func lowestAccuracy(_ modalities: [Int]) -> Double? { modalities.compactMap(accuracy).min() }
}
