import Foundation
import Runs
import SmallModel
import TestSupport
import Testing
import Training

/// Checkpoints that cannot be written for a while.
struct CheckpointWriterTests {
  /// A run, a recorder of it, and its warnings.
  private final class Recording {
    let run: RunDirectory
    let recorder: RunRecorder
    var warnings: [String] { log.texts }
    private let log = Log()

    private final class Log { var texts: [String] = [] }

    init(_ directory: URL) throws {
      run = RunDirectory(directory.path)
      try run.write(configuration: "name: x\n")
      let state = Recording.state(0)
      let logs = try RunLogs(
        run, from: state,
        about: RunDescription(try smallConfiguration(epochs: 9), try smallReplica().model, worldSize: 1),
        withSteps: false, warn: { _ in })
      let log = log
      recorder = RunRecorder(
        run, logs, logEverySteps: nil, CheckpointWriter(try smallReplica().state, directory: run, keeping: 9),
        CheckpointSchedule(), resumedFrom: nil, warn: { log.texts.append($0) })
    }

    static func state(_ epoch: Int, best: Int? = nil) -> CheckpointState {
      CheckpointState(
        epoch: epoch, step: UInt64(10 * epoch), seed: 1, configuration: "name: x\n", dataFingerprint: "sha256:0",
        best: best.map { CheckpointState.Best(epoch: $0, elbo: -100 + Double($0)) })
    }

    /// Saves the end of an epoch and waits for it.
    func save(_ epoch: Int, best: Int) throws -> Int? {
      recorder.waitForCheckpoint()
      let kept = try recorder.save(Self.state(epoch, best: best))?.epoch
      recorder.waitForCheckpoint()
      try recorder.stepEnded(stepReport(UInt64(10 * epoch), epoch: epoch))
      return kept
    }

    /// A directory in its place keeps a checkpoint from being written.
    func block(_ epoch: Int) throws {
      try FileManager.default.createDirectory(
        atPath: run.checkpointPath(.end(ofEpoch: epoch)), withIntermediateDirectories: true)
    }

    func unblock(_ epoch: Int) throws {
      try FileManager.default.removeItem(atPath: run.checkpointPath(.end(ofEpoch: epoch)))
    }

    var best: String? { try? FileManager.default.destinationOfSymbolicLink(atPath: run.bestPath) }
  }

  @Test("A best epoch that cannot be written does not cost the one before it, and is said to be lost")
  func lostBest() throws {
    try temporaryDirectory { directory throws in
      let recording = try Recording(directory)
      #expect(try recording.save(1, best: 1) == 1)
      try recording.block(2)
      #expect(try recording.save(2, best: 2) == 2)
      #expect(try recording.save(3, best: 2) == 1, "the best one that is on the disk")
      #expect(recording.best == "epoch-00001.safetensors")
      #expect(FileManager.default.fileExists(atPath: recording.run.bestPath))
      #expect(recording.warnings.count == 2)
      #expect(
        recording.warnings.last?.hasSuffix("can be written again; lost: the checkpoint of epoch 2, the best one")
          == true)
      #expect(try recording.save(4, best: 4) == 4)
      #expect(recording.best == "epoch-00004.safetensors")
    }
  }

  @Test("A best epoch that is on the disk is not lost because its link could not be made")
  func unlinkedBest() throws {
    try temporaryDirectory { directory throws in
      let recording = try Recording(directory)
      // A directory in its place keeps a link from being made.
      try FileManager.default.createDirectory(atPath: recording.run.bestPath, withIntermediateDirectories: true)
      #expect(try recording.save(1, best: 1) == 1)
      #expect(recording.warnings.count == 1)
      #expect(try recording.save(2, best: 1) == 1)
      try FileManager.default.removeItem(atPath: recording.run.bestPath)
      #expect(try recording.save(3, best: 1) == 1)
      #expect(recording.best == "epoch-00001.safetensors")
      #expect(recording.warnings.last?.hasSuffix("can be written again; nothing is lost") == true)
    }
  }

  @Test("A best epoch is tried once more before it is given up for a later one")
  func retriedBest() throws {
    try temporaryDirectory { directory throws in
      let recording = try Recording(directory)
      _ = try recording.save(1, best: 1)
      try recording.block(2)
      _ = try recording.save(2, best: 2)
      try recording.unblock(2)
      #expect(try recording.save(3, best: 2) == 2)
      #expect(recording.best == "epoch-00002.safetensors")
      #expect(recording.warnings.last?.hasSuffix("can be written again; nothing is lost") == true)
    }
  }

  /// Opening a pipe waits until somebody opens its other end.
  @Test("A checkpoint that hangs costs the next one, which is made up for; a best epoch among them is said to be lost")
  func hangingCheckpoint() throws {
    try temporaryDirectory { directory throws in
      let recording = try Recording(directory)
      #expect(try recording.save(1, best: 1) == 1)
      unlink(recording.run.metricsPath)
      #expect(mkfifo(recording.run.metricsPath, 0o600) == 0)
      #expect(try recording.recorder.save(Recording.state(2, best: 2))?.epoch == 2)
      recording.recorder.waitForCheckpoint(seconds: 0.1)
      #expect(!recording.recorder.isCheckpointDue(step: 21), "the writer is busy")
      #expect(try recording.recorder.save(Recording.state(3, best: 3))?.epoch == 2, "the one that is being written")
      try recording.recorder.stepEnded(stepReport(31, epoch: 4))
      #expect(recording.warnings.count == 1, "\(recording.warnings)")
      #expect(recording.warnings[0].contains("step 30 gets no checkpoint"))
      let pipe = open(recording.run.metricsPath, O_RDWR)
      defer { close(pipe) }
      unlink(recording.run.metricsPath)
      recording.recorder.waitForCheckpoint()
      try recording.recorder.stepEnded(stepReport(32, epoch: 4))
      #expect(try recording.run.checkpointEpochs() == [2, 1] && recording.best == "epoch-00002.safetensors")
      #expect(recording.recorder.isCheckpointDue(step: 32), "in place of the one that was left out")
      #expect(
        recording.warnings.last?.hasSuffix("can be written again; lost: the checkpoint of epoch 3, the best one")
          == true, "\(recording.warnings)")
      #expect(try recording.save(4, best: 4) == 4)
      #expect(!recording.recorder.isCheckpointDue(step: 41))
    }
  }

  @Test("A directory of checkpoints that somebody removes while training goes on is created again")
  func removedDirectory() throws {
    try temporaryDirectory { directory throws in
      let recording = try Recording(directory)
      _ = try recording.save(1, best: 1)
      try FileManager.default.removeItem(atPath: "\(recording.run.path)/checkpoints")
      _ = try recording.save(2, best: 2)
      #expect(try recording.run.checkpointEpochs() == [2])
      #expect(recording.warnings.isEmpty)
    }
  }

  @Test("A checkpoint that is being written when training fails is on the disk afterwards")
  func rescue() throws {
    try temporaryDirectory { directory throws in
      let recording = try Recording(directory)
      _ = try recording.recorder.save(Recording.state(1, best: 1))
      recording.recorder.rescue(seconds: 30)
      #expect(try recording.run.checkpointEpochs() == [1])
    }
  }

  @Test("A checkpoint that is written has killed no session, nor have older ones")
  func forgottenAttempts() throws {
    try temporaryDirectory { directory throws in
      let recording = try Recording(directory)
      for epoch in 1...3 { try recording.run.crashLoopGuard.begin(.end(ofEpoch: epoch)) }
      _ = try recording.save(2, best: 2)
      let text = try String(contentsOfFile: "\(recording.run.path)/checkpoints/attempts.json", encoding: .utf8)
      #expect(text == #"{"epoch-00003.safetensors":1}"#)
    }
  }

  @Test("A session whose first step has not begun is none that a checkpoint has killed")
  func attempts() throws {
    try temporaryDirectory { directory throws in
      let run = RunDirectory(directory.path)
      try run.write(configuration: "name: x\n")
      let logs = try RunLogs(
        run, from: Recording.state(1),
        about: RunDescription(try smallConfiguration(epochs: 9), try smallReplica().model, worldSize: 1),
        withSteps: false,
        warn: { _ in })
      let recorder = RunRecorder(
        run, logs, logEverySteps: nil, CheckpointWriter(try smallReplica().state, directory: run, keeping: 1),
        CheckpointSchedule(), resumedFrom: .end(ofEpoch: 1), warn: { _ in })
      let attempts = "\(run.path)/checkpoints/attempts.json"
      #expect(!FileManager.default.fileExists(atPath: attempts))
      recorder.firstStepBegins()
      #expect(FileManager.default.fileExists(atPath: attempts))
      try recorder.stepEnded(stepReport(11, epoch: 2))
      recorder.rescue(seconds: 30)
      #expect(!FileManager.default.fileExists(atPath: attempts))
    }
  }
}

private func stepReport(_ step: UInt64, epoch: Int) -> StepReport {
  StepReport(step: step, epoch: epoch, loss: 1, learningRate: 0.001, gradientNorm: nil)
}
