package import Runs

/// Is notified of progress. Called on rank 0 only.
package protocol TrainingObserver: AnyObject {
  /// - Parameter stepsDone: of the first epoch, by an earlier session.
  func trainingStarts(epoch: Int, of epochs: Int, stepsPerEpoch: Int, stepsDone: Int)
  /// - Parameters: step, counted from 1 within the epoch; rows, of the global batch.
  func stepEnded(epoch: Int, step: Int, rows: Int, loss: Double)
  func epochEnded(_ report: EpochReport)
  func warning(_ message: String)
}
