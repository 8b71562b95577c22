import Communication
import Configuration
import Foundation
import Runs
import SmallModel
import TestSupport
import Testing
import Training

/// Which checkpoint of a run `--checkpoint` means.
struct CheckpointChoiceTests {
  /// A run of two epochs, of which the first is the best.
  private func withRun(_ body: (RunDirectory) throws -> Void) throws {
    try temporaryDirectory { directory throws in
      let run = RunDirectory(directory.appending(path: "run").path)
      try run.write(configuration: "name: x\n")
      for epoch in 1...2 {
        let state = CheckpointState(
          epoch: epoch, step: UInt64(epoch), seed: 1, configuration: try smallConfiguration(epochs: 9).yaml,
          dataFingerprint: "sha256:0", best: CheckpointState.Best(epoch: 1, elbo: -1))
        try Checkpoint.write(try smallReplica().state, state, to: run.checkpointPath(.end(ofEpoch: epoch)))
        try run.rotate(last: .end(ofEpoch: epoch), best: 1, keeping: 5)
      }
      try body(run)
    }
  }

  private func epoch(_ choice: CheckpointChoice?, of run: RunDirectory) throws -> Int {
    try TrainedModel.load(choice, of: run.path, collectives: SingleRank()).epoch
  }

  @Test("The last checkpoint is the one written last, not a damaged one of a later name")
  func last() throws {
    try withRun { run throws in
      try Data("damaged".utf8).write(to: URL(filePath: run.checkpointPath(.end(ofEpoch: 3))))
      #expect(try epoch(nil, of: run) == 2)
      #expect(try epoch(.last, of: run) == 2)
    }
  }

  @Test("Without links the last checkpoint is that of the latest name, and it knows the best")
  func noLinks() throws {
    try withRun { run throws in
      for link in [run.lastPath, run.bestPath] { try FileManager.default.removeItem(atPath: link) }
      #expect(try epoch(.last, of: run) == 2)
      #expect(try epoch(.best, of: run) == 1)
      #expect(try message { _ = try epoch(.epoch(7), of: run) }.contains("there are epochs 2, 1"))
    }
  }
}
