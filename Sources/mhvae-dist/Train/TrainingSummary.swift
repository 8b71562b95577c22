import Console
import Evaluation
import Foundation
import Runs
import Training

/// What complete training prints at its end: the outcome, the files, the next command.
struct TrainingSummary {
  /// The run's.
  let directory: String
  private let outcome: String
  private let next: String

  /// - Parameters:
  ///   - first: epochs that were complete before this session.
  ///   - data: the path of the dataset.
  ///   - isGenerative: whether it is a model that can be evaluated, and not one that judges others.
  init(_ trainer: Trainer, epochsBefore first: Int, _ directory: RunDirectory, data: String, isGenerative: Bool) {
    let best = trainer.best.map { ", best validation ELBO \($0.elbo.formatted(digits: 2)) in epoch \($0.epoch)" } ?? ""
    self.directory = directory.path
    let epochs = "\(trainer.epochsDone) epoch\(trainer.epochsDone == 1 ? "" : "s")"
    let early = trainer.earlyStop.map { "; ended early: \($0)" } ?? ""
    outcome =
      first == trainer.epochsDone
      ? "nothing to do: \(epochs) were trained already\(best)\(early)\(early.isEmpty ? "; --epochs trains more" : "")"
      : "trained \(epochs)\(best)\(early)"
    let own = shellWord(directory.path)
    let runs = isGenerative ? own : "RUN --judge \(own)"
    next = "next: mhvae-dist evaluate --run \(runs) --data \(shellWord(data))"
  }

  /// - Parameter report: where the report was written, if it was.
  func text(report: String?) -> String {
    let files = Self.contents.map { (path: "\(directory)/\($0.name)", meaning: $0.meaning) }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
    let all = (report.map { [(path: $0, meaning: "curves and pictures, for a browser")] } ?? []) + files
    let width = all.map(\.path.count).max() ?? 0
    let lines = all.map { path, meaning in
      "  \(path)\(String(repeating: " ", count: width - path.count))  \(meaning)"
    }
    return ([outcome] + lines + [next]).joined(separator: "\n")
  }

  private static let contents = [
    (name: "checkpoints", meaning: "last.safetensors, best.safetensors"),
    (name: "metrics.jsonl", meaning: "loss and ELBO terms of every epoch"),
    (name: "samples", meaning: "pictures drawn while it trained"),
    (name: "tensorboard", meaning: "for tensorboard --logdir"),
  ]
}
