import Foundation
import TestSupport
import Testing

/// What TensorBoard shows of a run, and the pictures drawn while it trains.
@Suite(.serialized) struct TensorBoardTests {
  private static let stepsPerEpoch = 10

  private func withRun(_ body: (_ directory: String, _ train: [String]) throws -> Void) throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try Data(SensorData.configuration(family: "mhvae").utf8).write(to: URL(filePath: configuration))
      try body(
        directory, ["--config", configuration, "--data", dataset, "--continue", "--set", "training.keep_checkpoints=9"])
    }
  }

  /// A run of four epochs that lost its third, with half an event behind what it wrote.
  private func interruptedRun(_ directory: String, _ arguments: [String]) throws -> String {
    let run = "\(directory)/run"
    let common = arguments + ["--run", run, "--sample-every", "1", "--epochs"]
    try train(ranks: 2, common + ["3"])
    try FileManager.default.removeItem(atPath: "\(run)/checkpoints/epoch-00003.safetensors")
    let first = try EventFiles.paths(run)[1]
    let half = try Data(contentsOf: URL(filePath: first)).prefix(100)
    let file = try FileHandle(forUpdating: URL(filePath: first))
    try file.seekToEnd()
    try file.write(contentsOf: half)
    try file.close()
    try train(ranks: 1, common + ["4"])
    return run
  }

  private static let epochs = (1...4).map { stepsPerEpoch * $0 }

  @Test("A resumed run has every step once under each tag, its pictures and its configuration")
  func resumed() throws {
    try withRun { directory, arguments in
      let run = try interruptedRun(directory, arguments)
      #expect(try EventFiles.paths(run).count == 3)
      var steps = try EventFiles.steps(run)
      #expect(steps.removeValue(forKey: "loss/step") == Array(1...4 * Self.stepsPerEpoch))
      for tag in ["configuration", "_hparams_/experiment", "_hparams_/session_start_info"] {
        #expect(steps.removeValue(forKey: tag) == [0], "\(tag)")
      }
      for tag in [
        "loss/training", "elbo/validation", "kl/core/training", "log_likelihood/label/validation", "warm_up/core",
        "warm_up/modality", "speed/images_per_second", "learning_rate", "gradient_norm", "samples/prior-picture",
        "samples/picture-given-label",
      ] { #expect(steps[tag] != nil, "\(tag)") }
      for (tag, steps) in steps { #expect(steps == Self.epochs, "\(tag)") }
      let text = try EventFiles.values(run, "configuration").first?.texts.first ?? []
      #expect(String(decoding: text, as: UTF8.self).hasPrefix("```yaml\nname: sensors\n"))
      try expectPicturesAlike(run)
    }
  }

  /// The files and what TensorBoard has.
  private func expectPicturesAlike(_ run: String) throws {
    for name in ["prior-picture", "picture-given-label"] {
      let shown = try EventFiles.values(run, "samples/\(name)")
      #expect(shown.count == 4)
      for (index, value) in shown.enumerated() {
        let file = try Data(contentsOf: URL(filePath: "\(run)/samples/epoch-0000\(index + 1)-\(name).png"))
        #expect(value.texts.last == Array(file), "\(name) \(index + 1)")
      }
      #expect(Set(shown.map { $0.texts.last }).count == 4, "the model learns, so that pictures change")
    }
    let rows = try EventFiles.values(run, "samples/picture-given-label")[0]
    #expect(rows.title == "picture, drawn for each label")
    #expect(rows.description == "From the top: north, east, south, west, up")
  }

  private static let interpreter = python(withModules: ["tensorboard"])

  private static let program = """
    import sys
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False)
    events.Reload()
    for tag in sorted(events.Tags()["scalars"]):
        print(tag, [e.step for e in events.Scalars(tag)])
    for tag in sorted(events.Tags()["tensors"]):
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        print(plugin, tag, [e.step for e in events.Tensors(tag)])
        if plugin == "images":
            width, height, png = events.Tensors(tag)[-1].tensor_proto.string_val
            assert png.startswith(b"\\x89PNG") and int.from_bytes(png[16:20], "big") == int(width), (tag, width, height)
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    found = HParamsPluginData.FromString(content).session_start_info.hparams
    print({name: value.string_value or value.number_value for name, value in sorted(found.items())})
    """

  @Test(
    "The real TensorBoard reads a resumed run",
    .enabled(if: interpreter != nil, "needs Python with tensorboard"))
  func realTensorBoard() throws {
    try withRun { directory, arguments in
      let run = try interruptedRun(directory, arguments)
      let outcome = try TestSupport.run(try #require(Self.interpreter), ["-c", Self.program, "\(run)/tensorboard"])
      #expect(outcome.exitCode == 0, "\(outcome)")
      var lines = Set(outcome.stdout.split(separator: "\n").map(String.init))
      func expect(_ line: String) { #expect(lines.remove(line) != nil, "\(line) is missing: \(outcome)") }
      expect("loss/step \(Array(1...40))")
      for name in ["prior-picture", "picture-given-label"] { expect("images samples/\(name) \(Self.epochs)") }
      for tag in ["text configuration", "hparams _hparams_/experiment", "hparams _hparams_/session_start_info"] {
        expect("\(tag) [0]")
      }
      expect(
        "{'batch_size': 48.0, 'epochs': 4.0, 'family': 'mhvae', 'latent.core': 4.0, 'latent.label': 3.0, "
          + "'latent.picture': 3.0, 'latent.sensor': 3.0, 'latent.switches': 3.0, 'learning_rate': 0.001, 'learning_rate_schedule': 'constant', "
          + "'optimizer': 'adam', 'ranks': 1.0, 'seed': 1.0, 'warm_up.core': 1.0, 'warm_up.modality': 1.0}")
      #expect(lines.count == 28 && lines.allSatisfy { $0.hasSuffix(" \(Self.epochs)") }, "\(lines.sorted())")
    }
  }

  private static let pictureReader = python(withModules: ["numpy", "PIL"])

  /// Whether two grids of 64 pictures are the same, where pixels of the second are twice as large.
  private static let comparison = """
    import sys, numpy as np
    from PIL import Image
    def cells(path, side):
        grid = np.array(Image.open(path))
        starts = range(0, 8 * (side + 2), side + 2)
        return np.array([grid[y : y + side, x : x + side] for y in starts for x in starts])
    print((cells(sys.argv[1], 8) == cells(sys.argv[2], 16)[:, ::2, ::2]).all())
    """

  @Test(
    "The pictures are those that generate draws from the checkpoint",
    .enabled(if: pictureReader != nil, "needs Python with NumPy and Pillow"))
  func generated() throws {
    try withRun { directory, arguments in
      let run = "\(directory)/run"
      try train(ranks: 2, arguments + ["--run", run, "--epochs", "2"])
      let drawn = "\(directory)/drawn.png"
      let outcome = try mpirun(ranks: 1, "mhvae-dist", ["generate", "--run", run, "--output", drawn])
      #expect(outcome.exitCode == 0, "\(outcome)")
      let sample = "\(run)/samples/epoch-00002-prior-picture.png"
      let found = try TestSupport.run(try #require(Self.pictureReader), ["-c", Self.comparison, sample, drawn])
      #expect(found.stdout == "True\n", "\(found)")
    }
  }

  @Test("Drawing pictures changes nothing that is trained", arguments: [1, 2])
  func sameWeights(ranks: Int) throws {
    try withRun { directory, arguments in
      let runs = [0, 1].map { "\(directory)/every-\($0)" }
      for (every, run) in runs.enumerated() {
        try train(ranks: ranks, arguments + ["--run", run, "--epochs", "3", "--sample-every", "\(every)"])
        #expect(FileManager.default.fileExists(atPath: "\(run)/samples") == (every > 0))
      }
      #expect(try RunFiles.stepLosses(runs[0]) == RunFiles.stepLosses(runs[1]))
      #expect(try RunFiles.tensors(runs[0]) == RunFiles.tensors(runs[1]))
    }
  }

  @Test("By itself a run logs every hundredth step, and draws the first epoch, every tenth and the last")
  func defaults() throws {
    try withRun { directory, arguments in
      let run = "\(directory)/run"
      let outcome = try mpirun(ranks: 1, "mhvae-dist", ["train"] + arguments + ["--run", run, "--epochs", "21"])
      #expect(outcome.exitCode == 0, "\(outcome)")
      let steps = try EventFiles.steps(run)
      #expect(steps["loss/step"] == [100, 200])
      #expect(steps["samples/prior-picture"] == [10, 100, 200, 210])
      #expect(try RunFiles.lines("\(run)/steps.jsonl").compactMap { $0["step"] as? Int } == [100, 200])
    }
  }
}
