import Foundation
import TestSupport
import Testing

/// Whatever is wrong, the job ends with one line that says what and where, and nothing is overwritten.
@Suite(.serialized) struct BadInputTests {
  /// Runs on two ranks and expects failure with exactly one line that contains all `words`.
  private func expectFailure(
    _ arguments: [String], ranks: Int = 2, saying words: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try mpirun(ranks: ranks, "mhvae-dist", arguments)
    #expect(outcome.exitCode != 0, "\(outcome)", sourceLocation: sourceLocation)
    let lines = outcome.stderr.split(separator: "\n")
    #expect(lines.count == 1, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.stderr.hasPrefix("mhvae-dist: error: "), "\(outcome)", sourceLocation: sourceLocation)
    for word in words { #expect(outcome.stderr.contains(word), "\(outcome)", sourceLocation: sourceLocation) }
  }

  private func trainArguments(_ directory: String, data: String) -> [String] {
    ["train", "--preset", "mnist", "--data", data, "--run", "\(directory)/run", "--epochs", "1"]
  }

  @Test("A dataset that is missing, foreign, truncated or damaged")
  func badDatasets() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      try expectFailure(trainArguments(directory, data: "\(directory)/none.h5"), saying: ["none.h5"])
      let foreign = "\(directory)/foreign.h5"
      try Data("not HDF5 at all".utf8).write(to: URL(filePath: foreign))
      try expectFailure(trainArguments(directory, data: foreign), saying: ["foreign.h5"])
      var bytes = try Data(contentsOf: URL(filePath: dataset))
      let truncated = "\(directory)/truncated.h5"
      try bytes.prefix(bytes.count / 2).write(to: URL(filePath: truncated))
      try expectFailure(trainArguments(directory, data: truncated), saying: ["truncated.h5"])
      let damaged = "\(directory)/damaged.h5"
      bytes[bytes.count / 3] ^= 1
      try bytes.write(to: URL(filePath: damaged))
      try expectFailure(trainArguments(directory, data: damaged), saying: ["damaged.h5", "train/image"])
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/run"), "a failed start must leave nothing behind")
    }
  }

  @Test("A configuration with unknown keys, wrong values, shapes that do not fit, too many ranks")
  func badConfigurations() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let arguments = trainArguments(directory, data: dataset)
      try expectFailure(
        arguments + ["--set", "training.epoch=3"], saying: ["training.epoch", "did you mean \"epochs\"?"])
      try expectFailure(arguments + ["--set", "training.learning_rate=fast"], saying: ["training.learning_rate"])
      try expectFailure(
        arguments + ["--set", "model.modalities.image.decoder=[{linear: 780}]"],
        saying: ["modality image: decoder ends with 780 values, data has 784"])
      try expectFailure(
        arguments + [
          "--set", "model.modalities.image.shape=[1, 14, 56]",
        ], saying: ["modality image", digitsShape])
      try expectFailure(arguments + ["--batch-size", "2"], ranks: 3, saying: ["training.batch_size", "3 ranks"])
      try expectFailure(arguments + ["--batch-size", "4000"], saying: ["training.batch_size", "270 training rows"])
      try expectFailure(["train", "--preset", "mnits", "--data", dataset, "--run", directory], saying: ["\"mnist\"?"])
      try expectFailure(["train", "--preset", "auot", "--data", dataset, "--run", directory], saying: ["\"auto\"?"])
    }
  }

  private let digitsShape = "[1, 28, 28]"

  @Test("A run that exists, other data, a damaged checkpoint")
  func badRuns() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let arguments = trainArguments(directory, data: dataset)
      try expectFailure(arguments + ["--resume"], saying: ["run", "holds no run"])
      try expectFailure(
        ["train", "--preset", "mnist", "--data", dataset, "--run", dataset], saying: [dataset, "is a file"])
      let other = "\(directory)/other"
      try train(ranks: 1, ["--preset", "mnist", "--data", dataset, "--run", other, "--epochs", "1", "--seed", "2"])
      try train(ranks: 2, Array(arguments.dropFirst()))
      let checkpoint = "\(directory)/run/checkpoints/epoch-00001.safetensors"
      let bytes = try Data(contentsOf: URL(filePath: checkpoint))
      try expectFailure(arguments, saying: ["holds a run already", "--resume"])
      #expect(try Data(contentsOf: URL(filePath: checkpoint)) == bytes, "the run must be untouched")

      let configuration = URL(filePath: "\(directory)/run/config.yaml")
      let oldConfiguration = try Data(contentsOf: configuration)
      try SyntheticDigits.withDataset(trainingRows: 300, seed: 2) { _, other in
        try expectFailure(
          ["train", "--data", other, "--run", "\(directory)/run", "--resume", "--epochs", "2"],
          saying: ["trained on other data"])
        try expectFailure(
          ["evaluate", "--data", other, "--run", "\(directory)/run", "--samples", "2"],
          saying: ["trained on other data"])
      }
      #expect(try Data(contentsOf: configuration) == oldConfiguration, "a refused resume must change nothing")
      try expectFailure(
        ["train", "--data", dataset, "--run", "\(directory)/run", "--resume", "--seed", "2"], saying: ["training.seed"])
      try FileManager.default.copyItem(
        atPath: "\(other)/checkpoints/epoch-00001.safetensors",
        toPath: "\(directory)/run/checkpoints/epoch-00002.safetensors")
      try expectFailure(
        ["train", "--data", dataset, "--run", "\(directory)/run", "--resume", "--epochs", "3"],
        saying: ["epoch-00002", "another run", "training.seed"])
      try FileManager.default.removeItem(atPath: "\(directory)/run/checkpoints/epoch-00002.safetensors")

      var damaged = bytes
      damaged[damaged.count - 5] ^= 1
      try damaged.write(to: URL(filePath: checkpoint))
      try expectFailure(
        ["evaluate", "--data", dataset, "--run", "\(directory)/run", "--samples", "2"],
        saying: ["epoch-00001", "damaged"])
    }
  }

  @Test("A damaged newest checkpoint is skipped with a warning")
  func damagedCheckpointIsPassedOver() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let arguments = ["--data", dataset, "--run", "\(directory)/run"]
      try train(ranks: 2, ["--preset", "mnist", "--epochs", "2"] + arguments)
      let newest = URL(filePath: "\(directory)/run/checkpoints/epoch-00002.safetensors")
      try Data(contentsOf: newest).dropLast(100).write(to: newest)
      let outcome = try mpirun(ranks: 2, "mhvae-dist", ["train", "--resume", "--epochs", "3"] + arguments)
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(outcome.stderr.contains("warning") && outcome.stderr.contains("epoch-00002"), "\(outcome)")
      #expect(try RunFiles.epochs("\(directory)/run") == [1, 2, 3])
    }
  }

  @Test("A run that was stopped before its first checkpoint starts from the beginning; a finished one does not shrink")
  func resumeAtTheEnds() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let (early, whole) = ("\(directory)/early", "\(directory)/whole")
      try train(ranks: 2, ["--preset", "mnist", "--data", dataset, "--run", whole, "--epochs", "2"])
      try FileManager.default.createDirectory(atPath: early, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: "\(whole)/config.yaml", toPath: "\(early)/config.yaml")
      try train(ranks: 2, ["--data", dataset, "--run", early, "--resume"])
      #expect(try RunFiles.stepLosses(early) == RunFiles.stepLosses(whole))
      let configuration = try Data(contentsOf: URL(filePath: "\(whole)/config.yaml"))
      try expectFailure(
        ["train", "--data", dataset, "--run", whole, "--resume", "--epochs", "1"],
        saying: ["training.epochs", "completed 2"])
      #expect(try Data(contentsOf: URL(filePath: "\(whole)/config.yaml")) == configuration)
    }
  }

  @Test("A model that diverges stops the run and keeps the checkpoints it has")
  func divergence() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      try expectFailure(
        trainArguments(directory, data: dataset) + ["--learning-rate", "1e30"],
        saying: ["step 2", "not finite for any row", "training.learning_rate"])
    }
  }
}
