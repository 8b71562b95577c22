internal import Configuration
internal import DataLoading
package import Runs
package import Storage

extension TrainedModel {
  /// Opens the data that the model was trained on.
  /// - Throws: `StorageError` when it cannot be opened, `DataLoadingError` when it does not fit the model,
  ///   `EvaluationError` when it is other data.
  package func openData(_ path: String) throws -> PackedDataset {
    let dataset = try PackedDataset.open(path)
    try dataset.check(against: configuration.model)
    guard dataset.fingerprint == dataFingerprint else {
      throw EvaluationError(
        "the model was trained on other data: its fingerprint is \(dataFingerprint), "
          + "that of \(dataset.path) is \(dataset.fingerprint)")
    }
    return dataset
  }
}
