import Console
import Evaluation
import Runs

extension LatentMixture {
  /// Fits a mixture to a dataset's training rows and shows how far it is.
  /// - Throws: what reading the data and fitting throw.
  static func fitted(
    to trained: TrainedModel, data: String, components: Int, seed: UInt64, isQuiet: Bool
  ) throws -> LatentMixture {
    var stage = Stage.encoding
    var progress = ProgressLine(isQuiet: isQuiet)
    defer { progress.end() }
    return try LatentMixture(trained.model, trained.openData(data), components: components, seed: seed) {
      // Each has its own speed.
      if $0 != stage { (stage, progress) = ($0, ProgressLine(isQuiet: isQuiet)) }
      progress.update($0.rawValue, done: $1, total: $2)
    }
  }
}
