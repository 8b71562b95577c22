internal import Communication
internal import Configuration
internal import DataLoading
internal import Kernels
internal import Models
package import Storage

extension Evaluator {
  /// Draws from the prior that joint coherence is of.
  package static let jointDraws = 10_000
  /// Training rows that a linear probe is fitted on, at most.
  static let probeRows = 100_000

  /// What papers report besides likelihoods (spec section 11): of pictures how near they come, and, with a label, how
  /// well latents tell it; with a judge, which class decoded modalities have.
  /// - Parameters:
  ///   - judge: nil for what needs none.
  ///   - dataset: what the model and the judge were trained on.
  ///   - progress: called on every rank with the parts that are done and those there are.
  /// - Throws: `StorageError` when rows cannot be read; what the exchange throws.
  package func measures(
    _ judge: Judge?, _ dataset: borrowing PackedDataset, progress: @escaping (_ done: Int, _ total: Int) -> Void
  ) throws -> [MeasureEstimate] {
    collectives.watchdog.progress.enter(.evaluation)
    let labels = try (judge?.label ?? Self.onlyLabel(of: dataset)).map { try RowLabels($0, dataset) }
    let subsets = givenSubsets
    let pictures = measurablePictures(dataset)
    let proper = subsets.filter { $0.count < modalityCount }
    let parts = subsets.count * (labels == nil ? 1 : 2) + (judge == nil ? 0 : 3 + proper.count)
    var done = 0
    func advance() {
      done += 1
      progress(done, parts)
    }
    var estimates: [MeasureEstimate] = []
    if let judge, let labels {
      let tests = try JudgedData(judge, dataset, .test, rowCount: rowCount, collectives)
      advance()
      let training = try JudgedData(judge, dataset, .train, rowCount: dataset.rowCount(of: .train), collectives)
      advance()
      let judging = Judging(self, judge, tests: tests, labels: labels.test)
      estimates += judging.floors(training)
      estimates += try judging.prior()
      advance()
      estimates += try judging.conditional(proper, advance: advance)
    }
    if let labels {
      for given in subsets {
        estimates += try probe(given, labels, dataset)
        advance()
      }
    }
    for given in subsets {
      estimates += try pictureQuality(of: pictures, given)
      advance()
    }
    return estimates
  }

  var modalityCount: Int { model.configuration.modalities.count }

  func names(_ modalities: [Int]) -> [String] { modalities.map { model.configuration.modalities[$0].name } }

  /// The one modality of classes; nil if there are none or several.
  private static func onlyLabel(of dataset: borrowing PackedDataset) -> String? {
    let classes = dataset.modalities.filter { $0.encoding == .classIndex }
    return classes.count == 1 ? classes[0].name : nil
  }

  /// The subsets of modalities that something is measured from, by their size; of many modalities only single ones, all
  /// but one, and all.
  private var givenSubsets: [[Int]] {
    let all = Array(0..<modalityCount)
    guard modalityCount <= 5 else { return all.map { [$0] } + all.map { left in all.filter { $0 != left } } + [all] }
    let subsets = (1..<1 << modalityCount).map { bits in all.filter { bits & 1 << $0 != 0 } }
    return (1...modalityCount).flatMap { size in subsets.filter { $0.count == size } }
  }
}
