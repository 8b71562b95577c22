/// A log that grows during training, and keeps in memory what cannot be written.
protocol RunLog: AnyObject {
  /// What waits, such as `3 lines of metrics.jsonl`; nil if nothing does.
  var waiting: String? { get }

  /// Writes what waits.
  /// - Throws: `StorageError` when that is not possible.
  func flush() throws
}
