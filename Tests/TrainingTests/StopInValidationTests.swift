import Communication
import Configuration
import Foundation
import Models
import Runs
import SmallModel
import Storage
import TestSupport
import Testing
import Training

/// A signal that comes when all steps of an epoch are taken.
struct StopInValidationTests {
  /// Raises a signal after the last step of the second epoch, once.
  private final class Interruption: TrainingObserver {
    private var isRaised = false

    func trainingStarts(epoch: Int, of epochs: Int, stepsPerEpoch: Int, stepsDone: Int) {}
    func stepEnded(epoch: Int, step: Int, rows: Int, loss: Double) {
      if epoch == 2, step == 3, !isRaised {
        raise(SIGUSR2)
        isRaised = true
      }
    }
    func epochEnded(_ report: EpochReport) {}
    func warning(_ message: String) {}
  }

  private static func losses(_ run: RunDirectory) throws -> [Double] {
    try String(contentsOfFile: run.metricsPath, encoding: .utf8).split(separator: "\n").flatMap { line in
      let report = try JSONDecoder().decode(EpochReport.self, from: Data(line.utf8))
      return [Double(report.epoch), report.training.loss, try #require(report.validation).loss]
    }
  }

  /// In a process of its own: signals are for all of it.
  @Test("It abandons validation, and the next session validates and goes on to the same end")
  func validationIsAbandoned() async {
    await #expect(processExitsWith: .success) {
      try temporaryDirectory { directory throws in
        let dataset = try smallDataset(
          at: directory.appending(path: "small.h5"), rows: 12, validationRows: 5, scale: 1.0 / 255)
        let configuration = try smallConfiguration(epochs: 3)
        func run(_ name: String, _ observer: (any TrainingObserver)?) throws -> (RunDirectory, StopCause?) {
          StopSignals.install()
          let run = RunDirectory(directory.appending(path: name).path)
          try run.write(configuration: configuration.yaml)
          let trainer = try Trainer(
            configuration, dataset: dataset, directory: run, collectives: SingleRank(), observer: observer)
          try trainer.resume()
          return (run, try trainer.run())
        }
        let (whole, _) = try run("whole", nil)
        let (stopped, cause) = try run("stopped", Interruption())
        #expect(cause == .user2)
        #expect(try stopped.checkpoints() == [.step(6, inEpoch: 2), .end(ofEpoch: 1)])
        #expect(try Self.losses(stopped).count == 3)
        #expect(try run("stopped", nil).1 == nil)
        #expect(try Self.losses(stopped) == Self.losses(whole))
        let last = [whole, stopped].map { FileManager.default.contents(atPath: $0.checkpointPath(.end(ofEpoch: 3))) }
        #expect(last[0] != nil && last[0] == last[1])
      }
    }
  }
}
