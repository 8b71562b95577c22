import Console
import Foundation
import Packing

/// Tells a person how packing goes.
final class PackingConsole {
  private let isQuiet: Bool
  private var line: ProgressLine

  init(isQuiet: Bool) { (self.isQuiet, line) = (isQuiet, ProgressLine(isQuiet: isQuiet)) }

  func show(_ progress: PackingProgress) {
    switch progress {
    case .resuming(let done, let total):
      line.say("resuming at image \(done) of \(total)")
      line = ProgressLine(doneBefore: done, isQuiet: isQuiet)
    case .startingAnew:
      line.say("what an interrupted run left was for another request (images, split, seed or limit); starting anew")
    case .decoded(let done, let total): show("decoded", done, of: total)
    case .writing:
      line.end()
      line.say("all images are decoded; writing the file")
    }
  }

  /// Says how many images are done and how fast it goes.
  func show(_ what: String, _ done: Int, of total: Int) {
    let rate = String(format: "%.0f", line.rate(done: done))
    line.update("\(what) \(done) of \(total) images, \(rate) images/s", done: done, total: total)
  }

  func end() { line.end() }

  /// Tells of what is probably not meant.
  static func warn(_ text: String) {
    StandardStream.error.tell(Message.warning(text, program: "mhvae-pack"))
  }
}
