package import Runs

/// Is notified of progress. Called on rank 0 only.
package protocol TrainingObserver: AnyObject {
  func trainingStarts(epoch: Int, of epochs: Int, stepsPerEpoch: Int)
  /// - Parameters: step, counted from 1 within the epoch; rows, of the global batch.
  func stepEnded(epoch: Int, step: Int, rows: Int, loss: Double)
  func epochEnded(_ report: EpochReport)
  func warning(_ message: String)
}
