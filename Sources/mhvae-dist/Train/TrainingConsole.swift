import Communication
import Console
import Evaluation
import Foundation
import Profiling
import Runs
import Training

/// Shows the progress of training: a bar, and a line for every epoch.
final class TrainingConsole: TrainingObserver {
  private let clock = ContinuousClock()
  private let isQuiet: Bool
  private var progress: ProgressLine
  private var firstEpoch = 1
  private var epochs = 1
  private var stepsPerEpoch = 1
  private var rowsSinceStart = 0
  private var start: ContinuousClock.Instant?
  private var journal: Journal?
  /// Warnings from before there was a journal.
  private var earlyWarnings: [String] = []

  /// - Parameter isQuiet: prints warnings only.
  init(isQuiet: Bool) { (self.isQuiet, progress) = (isQuiet, ProgressLine(isQuiet: isQuiet)) }

  /// A line that is no warning.
  func say(_ text: String) { progress.say(text) }

  /// Writes all warnings to the journal from now on, too.
  func keep(_ journal: Journal, _ start: SessionStart) {
    self.journal = journal
    journal.note(.started(start))
    for warning in earlyWarnings { journal.note(.warning(warning)) }
  }

  func trainingStarts(epoch: Int, of epochs: Int, stepsPerEpoch: Int, stepsDone: Int) {
    (firstEpoch, self.epochs, self.stepsPerEpoch) = (epoch, epochs, stepsPerEpoch)
    progress = ProgressLine(doneBefore: stepsDone, isQuiet: isQuiet)
    progress.say("training epochs \(epoch) to \(epochs), \(stepsPerEpoch) steps each")
    start = clock.now
  }

  func stepEnded(epoch: Int, step: Int, rows: Int, loss: Double) {
    rowsSinceStart += rows
    let done = (epoch - firstEpoch) * stepsPerEpoch + step
    progress.update(status(epoch, loss), done: done, total: (epochs - firstEpoch + 1) * stepsPerEpoch)
  }

  private func status(_ epoch: Int, _ loss: Double) -> String {
    let seconds = start.map { (clock.now - $0).seconds } ?? 0
    let rate = (Double(rowsSinceStart) / max(seconds, 1e-9)).formatted(digits: 0)
    return "epoch \(epoch)/\(epochs): loss \(loss.formatted(digits: 2)), \(rate) images/s"
  }

  func epochEnded(_ report: EpochReport) {
    let validation = report.validation.map { ", validation ELBO \($0.elbo.formatted(digits: 2))" } ?? ""
    progress.say(
      "epoch \(report.epoch)/\(epochs): loss \(report.training.loss.formatted(digits: 2)), "
        + "ELBO \(report.training.elbo.formatted(digits: 2))\(validation), "
        + "\(report.imagesPerSecond.formatted(digits: 0)) images/s, \(report.seconds.formatted(digits: 1)) s")
  }

  /// Trains, and records in the journal how it ended.
  func following(_ trainer: Trainer, _ body: () throws -> StopCause?) throws -> StopCause? {
    func end(_ cause: String?) {
      progress.end()
      journal?.note(.ended(SessionEnd(cause: cause, epoch: trainer.epochsDone, step: trainer.stepsTaken)))
    }
    do {
      let cause = try body()
      end(cause?.description ?? trainer.earlyStop)
      return cause
    } catch {
      end("\(error)")
      throw error
    }
  }

  func warning(_ message: String) {
    progress.end()
    if let journal { journal.note(.warning(message)) } else { earlyWarnings.append(message) }
    warn(message)
  }
}

/// Prints a warning on standard error.
func warn(_ message: String) {
  StandardStream.error.tell(Message.warning(message, program: programName))
}
