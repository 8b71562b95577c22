/// What is written while training goes on, and waits in memory while that is not possible.
protocol RunLog: AnyObject {
  /// What waits, such as `3 lines of metrics.jsonl`; nil if nothing does.
  var waiting: String? { get }

  /// Writes what waits.
  /// - Throws: `StorageError` when that is not possible.
  func flush() throws
}
