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

/// Pictures that are drawn while training goes on, and what becomes of them and of TensorBoard's files.
struct SamplerTests {
  private final class Listener: TrainingObserver {
    var warnings: [String] = []
    func trainingStarts(epoch: Int, of epochs: Int, stepsPerEpoch: Int, stepsDone: Int) {}
    func stepEnded(epoch: Int, step: Int, rows: Int, loss: Double) {}
    func epochEnded(_ report: EpochReport) {}
    func warning(_ message: String) { warnings.append(message) }
  }

  private struct NoPicture: Error, CustomStringConvertible {
    let description = "a value is nan"
  }

  private func picture(_ name: String) -> SamplePicture {
    SamplePicture(name: name, title: name, lines: [], width: 1, height: 1, png: Array(name.utf8))
  }

  /// Trains five epochs, or goes on with a run up to so many.
  private func train(
    _ directory: URL, _ sampler: Sampler, epochs: Int = 5
  ) throws -> (run: RunDirectory, warnings: [String]) {
    let data = directory.appending(path: "small.h5")
    let dataset =
      isFile(data.path)
      ? try PackedDataset.open(data.path) : try smallDataset(at: data, rows: 12, validationRows: 5, scale: 1.0 / 255)
    let configuration = try smallConfiguration(epochs: epochs)
    let run = RunDirectory(directory.appending(path: "run").path)
    try run.write(configuration: configuration.yaml)
    let listener = Listener()
    let trainer = try Trainer(
      configuration, dataset: dataset, directory: run, collectives: SingleRank(), observer: listener,
      recording: RecordingSettings(sampler: sampler))
    try trainer.resume()
    _ = try trainer.run()
    return (run, listener.warnings)
  }

  /// - Returns: the warning of a run in whose directory `body` finds something to spoil first.
  private func warning(spoiling body: (_ run: RunDirectory) throws -> Void) throws -> String {
    try temporaryDirectory { directory in
      let run = RunDirectory(directory.appending(path: "run").path)
      try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
      try body(run)
      let warnings = try train(directory, Sampler(everyEpochs: 1) { _ in [picture("a")] }).warnings
      #expect(try run.checkpoints().first == .end(ofEpoch: 5))
      #expect(try names(run).count == 5)
      #expect(warnings.count == 1)
      return warnings.joined().replacing(run.path, with: "run")
    }
  }

  @Test("A file in the place of TensorBoard's directory is a warning, and training goes on")
  func noEventDirectory() throws {
    let warning = try warning { run in try Data().write(to: URL(filePath: run.eventsPath)) }
    #expect(
      warning == "this session writes nothing for TensorBoard: run/tensorboard is no directory that can be read; move "
        + "it out of the way")
  }

  @Test("An event file that cannot be read is a warning that names it, and training goes on")
  func unreadableEvents() throws {
    let name = "events.out.tfevents.0000000001"
    let warning = try warning { run in
      try FileManager.default.createDirectory(
        atPath: "\(run.eventsPath)/\(name)", withIntermediateDirectories: true)
    }
    #expect(
      warning == "this session writes nothing for TensorBoard: run/tensorboard/\(name), which an earlier session left, "
        + "cannot be read; move it out of the way")
  }

  private func names(_ run: RunDirectory) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: run.samplesPath).sorted()
  }

  @Test("Pictures are drawn after the first epoch, the last, and every so many")
  func epochs() throws {
    try temporaryDirectory { directory in
      let (run, warnings) = try train(directory, Sampler(everyEpochs: 2) { _ in [picture("a"), picture("b")] })
      #expect(warnings == [])
      #expect(try names(run) == [1, 2, 4, 5].flatMap { ["epoch-0000\($0)-a.png", "epoch-0000\($0)-b.png"] })
      #expect(FileManager.default.contents(atPath: "\(run.samplesPath)/epoch-00004-b.png") == Data("b".utf8))
    }
  }

  @Test("A session removes the pictures of epochs that are to be trained again, and nothing else")
  func abandonedEpochs() throws {
    try temporaryDirectory { directory in
      let (run, _) = try train(directory, Sampler(everyEpochs: 1) { _ in [picture("a")] })
      for epoch in 3...5 { try FileManager.default.removeItem(atPath: run.checkpointPath(.end(ofEpoch: epoch))) }
      let others = ["epoch-00005-a.txt", "epochs-00005-a.png", "notes.png"]
      for name in others { try Data().write(to: URL(filePath: "\(run.samplesPath)/\(name)")) }
      _ = try train(directory, Sampler(everyEpochs: 9) { _ in [picture("b")] }, epochs: 4)
      #expect(
        try names(run) == (["epoch-00001-a.png", "epoch-00002-a.png", "epoch-00004-b.png"] + others).sorted())
    }
  }

  @Test("What drawing may cost is not the epoch: its checkpoint is on the disk before")
  func checkpointFirst() throws {
    try temporaryDirectory { directory in
      let run = RunDirectory(directory.appending(path: "run").path)
      var newest: [CheckpointID?] = []
      _ = try train(
        directory,
        Sampler(everyEpochs: 1) { _ in
          newest.append(try run.checkpoints().first)
          return []
        })
      #expect(newest == (1...5).map { .end(ofEpoch: $0) })
    }
  }

  @Test("A model that no picture can be drawn from is a warning, and training goes on")
  func noPicture() throws {
    try temporaryDirectory { directory in
      let (run, warnings) = try train(directory, Sampler(everyEpochs: 4) { _ in throw NoPicture() })
      #expect(warnings == [1, 4, 5].map { "epoch \($0): no pictures were drawn: a value is nan" })
      #expect(try run.checkpoints().first == .end(ofEpoch: 5))
      #expect(!FileManager.default.fileExists(atPath: run.samplesPath))
    }
  }
}
