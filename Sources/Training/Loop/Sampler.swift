package import Models
package import Runs

/// Draws pictures during training: after the first epoch, the last, and every `everyEpochs`.
package struct Sampler {
  package typealias Draw = (any Model) throws -> [SamplePicture]

  let draw: Draw
  private let everyEpochs: Int

  /// - Parameter draw: must not change the model.
  package init(everyEpochs: Int, draw: @escaping Draw) { (self.everyEpochs, self.draw) = (everyEpochs, draw) }

  func isDue(epoch: Int, isLast: Bool) -> Bool { epoch == 1 || isLast || epoch % everyEpochs == 0 }
}
