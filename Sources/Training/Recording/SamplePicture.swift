package import Models

/// A picture of what a model has learned so far.
package struct SamplePicture: Sendable {
  /// Fit for a file, such as `prior-image`.
  package let name: String
  package let title: String
  /// What its lines are, from the top; empty if they are all alike.
  package let lines: [String]
  package let width: Int
  package let height: Int
  /// A PNG file.
  package let png: [UInt8]

  package init(name: String, title: String, lines: [String], width: Int, height: Int, png: [UInt8]) {
    (self.name, self.title, self.lines) = (name, title, lines)
    (self.width, self.height, self.png) = (width, height, png)
  }
}

/// Draws pictures while training goes on: after the first epoch, the last, and every so many.
package struct Sampler {
  package typealias Draw = (any Model) throws -> [SamplePicture]

  let draw: Draw
  private let everyEpochs: Int

  /// - Parameter draw: leaves the model as it is.
  package init(everyEpochs: Int, draw: @escaping Draw) { (self.everyEpochs, self.draw) = (everyEpochs, draw) }

  func isDue(epoch: Int, of epochs: Int) -> Bool { epoch == 1 || epoch == epochs || epoch % everyEpochs == 0 }
}
