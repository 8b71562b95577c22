import Evaluation
import Foundation
import Training

/// The last words of training: what came of it, where it is, what comes next.
struct TrainingSummary {
  let text: String

  /// - Parameters:
  ///   - cause: what stopped it before its last epoch was complete, if anything did.
  ///   - data: the path of the dataset.
  init(_ trainer: Trainer, _ cause: StopCause?, _ directory: RunDirectory, data: String) {
    let best = trainer.best.map { ", best validation ELBO \($0.elbo.formatted(digits: 2)) in epoch \($0.epoch)" } ?? ""
    var lines = [
      cause.map { "stopped by \($0) after \(trainer.place)" } ?? "trained \(trainer.epochsDone) epochs\(best)"
    ]
    lines += Self.contents.filter { Self.exists("\(directory.path)/\($0.name)") }.map { name, meaning in
      "  \(directory.path)/\(name)".padding(toLength: directory.path.count + 18, withPad: " ", startingAt: 0) + meaning
    }
    lines.append(
      cause == nil
        ? "next: mhvae-dist evaluate --run \(directory.path) --data \(data)"
        : "go on with --run \(directory.path) --resume")
    text = lines.joined(separator: "\n")
  }

  private static let contents = [
    (name: "report.html", meaning: "curves and pictures, for a browser"),
    (name: "checkpoints", meaning: "last.safetensors, best.safetensors"),
    (name: "metrics.jsonl", meaning: "loss and ELBO terms of every epoch"),
    (name: "samples", meaning: "pictures drawn while it trained"),
    (name: "tensorboard", meaning: "for tensorboard --logdir"),
  ]

  private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
