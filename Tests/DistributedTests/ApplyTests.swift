import Foundation
import Storage
import TestSupport
import Testing

/// A model applied to every row of a file.
@Suite(.serialized) struct ApplyTests {
  private static let everything = "scores,means,deviations,medians,draws,filled,latents"

  /// Calls `body` with a directory, a dataset with gaps in every split and a model trained on it.
  private func withModel(
    _ body: (_ directory: String, _ dataset: String, _ run: String) throws -> Void
  ) throws {
    try SensorData.withDataset { directory, complete in
      let (dataset, configuration, run) = ("\(directory)/gaps.h5", "\(directory)/sensors.yaml", "\(directory)/run")
      let dropped = try TestSupport.run(
        product("mhvae-pack"), ["drop", complete, "--fraction", "0.4", "--output", dataset])
      guard dropped.exitCode == 0 else { throw ProcessError(description: "\(dropped)") }
      try Data(SensorData.configuration(family: "mhvae").utf8).write(to: URL(filePath: configuration))
      try train(ranks: 2, ["--config", configuration, "--data", dataset, "--run", run])
      try body(directory, dataset, run)
    }
  }

  @discardableResult
  private func apply(ranks: Int = 1, _ arguments: [String]) throws -> Outcome {
    let outcome =
      ranks == 1
      ? try TestSupport.run(product("mhvae-dist"), ["apply"] + arguments)
      : try mpirun(ranks: ranks, "mhvae-dist", ["apply"] + arguments)
    #expect(outcome.exitCode == 0, "\(outcome)")
    return outcome
  }

  private func expectFailure(_ arguments: [String], saying words: String) throws {
    let outcome = try TestSupport.run(product("mhvae-dist"), ["apply"] + arguments)
    #expect(outcome.exitCode != 0 && outcome.stderr.contains(words), "\(outcome)")
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  /// 600 draws make units of 64 rows: eight, one and one of the splits, and two of training rows for the percentiles.
  @Test("One, two, three and four ranks write the same file; stopped, killed and continued on other ranks, too")
  func sameFile() throws {
    try withModel { directory, dataset, run in
      let common = [
        "--run", run, "--data", dataset, "--split", "all", "--write", Self.everything, "--samples", "600",
        "--percentiles", "100", "--draws", "3",
      ]
      for ranks in 1...4 { try apply(ranks: ranks, common + ["--output", "\(directory)/\(ranks).h5"]) }
      let expected = try bytes("\(directory)/1.h5")
      for ranks in 2...4 { #expect(try bytes("\(directory)/\(ranks).h5") == expected, "\(ranks) ranks") }

      let output = "\(directory)/part.h5"
      func size() -> Int {
        (try? FileManager.default.attributesOfItem(atPath: output + ".progress")[.size] as? Int) ?? 0
      }
      let arguments = ["apply"] + common + ["--output", output, "--continue"]
      let stopped = try mpirun(ranks: 2, "mhvae-dist", arguments) { job in
        try job.wait { size() > 50_000 }
        kill(try #require(job.children.last), SIGTERM)
      }
      #expect(stopped.exitCode == 75, "\(stopped)")
      #expect(stopped.stdout.contains("the same command with --continue goes on"), "\(stopped)")
      let before = size()
      let killed = try mpirun(ranks: 3, "mhvae-dist", arguments) { job in
        try job.wait { size() > before }
        for rank in job.children { kill(rank, SIGKILL) }
      }
      #expect(killed.exitCode != 0 && killed.exitCode != 75, "\(killed)")
      #expect(!FileManager.default.fileExists(atPath: output))
      try expectFailure(common + ["--output", output], saying: "go on with --continue, or remove it")
      try expectFailure(common + ["--output", output, "--continue", "--seed", "2"], saying: "is of something else")
      // As a kill in the middle of a write leaves it.
      let handle = try #require(FileHandle(forWritingAtPath: output + ".progress"))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(repeating: 7, count: 1000))
      try handle.close()
      try apply(common + ["--output", output, "--continue"])
      #expect(try bytes(output) == expected)
      #expect(size() == 0)
    }
  }

  @Test("An evaluation's figure is the mean of the scores to the last digit, conditional or not")
  func evaluation() throws {
    try withModel { directory, dataset, run in
      for (given, target) in [
        ("picture,label,sensor,switches", "picture,label,sensor,switches"), ("label,sensor", "picture"),
      ] {
        let common = ["--run", run, "--data", dataset, "--samples", "40", "--given", given, "--target", target]
        let report = "\(directory)/report.json"
        let evaluated = try TestSupport.run(product("mhvae-dist"), ["evaluate"] + common + ["--output", report])
        #expect(evaluated.exitCode == 0, "\(evaluated)")
        let output = "\(directory)/scores.h5"
        let applied = try apply(common + ["--json", "--force", "--output", output])
        let summary = try JSONSerialization.jsonObject(with: Data(applied.stdout.utf8)) as? [String: Any]
        let quantity = try HDF5File.open(output).attribute("quantity")
        let expected = try #require(try RunFiles.likelihoodRows(at: report).last)
        #expect(expected.quantity == quantity)
        #expect(summary?["mean_score"] as? Double == expected.mean, "\(applied)")
        let scores = try HDF5File.open(output).readDoubles("score").values.filter { !$0.isNaN }
        // JSON is read to 16 digits.
        #expect(abs(scores.reduce(0, +) / Double(scores.count) - expected.mean) < 1e-13)
      }
    }
  }

  @Test("Gaps are filled with what is missing and nothing else; the filled file can be packed")
  func filling() throws {
    try withModel { directory, dataset, run in
      let output = "\(directory)/filled.h5"
      try apply(["--run", run, "--data", dataset, "--split", "train", "--write", "filled,latents", "--output", output])
      let file = try HDF5File.open(output)
      let packed = try PackedDataset.open(dataset)
      let isAbsent = try packed.mask("sensor", .train).map { !$0 }
      #expect(try file.read("imputed/sensor", as: UInt8.self).values.map { $0 == 1 } == isAbsent)
      let (shape, filled) = try file.readFloats("filled/sensor")
      #expect(shape == [480, 6])
      var stored = [Float](repeating: 0, count: 480 * 6)
      try stored.withUnsafeMutableBytes { try packed.readRows("sensor", .train, 0..<480, into: $0) }
      for row in 0..<480 {
        let (here, there) = (filled[6 * row..<6 * row + 6], stored[6 * row..<6 * row + 6])
        #expect(isAbsent[row] ? here.allSatisfy(\.isFinite) && here != there : here == there, "row \(row)")
      }
      #expect(try file.readFloats("filled/picture").shape == [480, 1, 8, 8])
      #expect(try file.read("filled/label", as: Int32.self).values.allSatisfy { (0..<5).contains($0) })
      #expect(
        try file.read("source_row", as: Int64.self).values.map { Int($0) } == packed.sourceRows(of: .train))
      let sensor = try file.readFloats("latents/sensor/mean").values
      #expect((0..<480).allSatisfy { sensor[3 * $0].isNaN == isAbsent[$0] })
      let again = try TestSupport.run(
        product("mhvae-pack"),
        [
          "arrays", "--modality", "sensor=\(output):filled/sensor:gaussian", "--modality",
          "label=\(output):filled/label", "--output", "\(directory)/complete.h5",
        ])
      #expect(again.exitCode == 0, "\(again)")
    }
  }

  @Test("New data of the same modalities are scored, among the training rows of the other file")
  func newData() throws {
    try withModel { directory, dataset, run in
      try SensorData.withDataset(rows: [.train: 0, .validation: 0, .test: 40]) { _, other in
        let output = "\(directory)/new.h5"
        let common = ["--run", run, "--data", other, "--output", output, "--percentiles", "480"]
        try expectFailure(common, saying: "name that with --training-data")
        try expectFailure(common + ["--training-data", other], saying: "the model was trained on other data")
        try apply(common + ["--training-data", dataset])
        let file = try HDF5File.open(output)
        #expect(try file.attributeInteger("is_training_data") == 0)
        #expect(try file.attributeInteger("percentile_rows") == 480)
        let percentiles = try file.readDoubles("score_percentile").values
        // Few training rows have everything, as all of these do, but more than twenty.
        #expect(percentiles.count == 40 && percentiles.allSatisfy { $0 >= 0 && $0 <= 100 })
        let scores = try file.readDoubles("score").values
        let training = "\(directory)/training.h5"
        try apply(["--run", run, "--data", dataset, "--split", "train", "--output", training])
        let trainingScores = try HDF5File.open(training).readDoubles("score").values
        let packed = try PackedDataset.open(dataset)
        var isComplete = [Bool](repeating: true, count: 480)
        for name in ["picture", "label", "sensor", "switches"] {
          isComplete = zip(isComplete, try packed.mask(name, .train)).map { $0 && $1 }
        }
        let others = zip(trainingScores, isComplete).filter(\.1).map(\.0)
        for (score, percentile) in zip(scores, percentiles) {
          let counts = (others.count { $0 < score }, others.count { $0 <= score })
          #expect(abs(percentile - 50 * Double(counts.0 + counts.1) / Double(others.count)) < 1e-9)
        }
      }
    }
  }

  private static let python = TestSupport.python(withModules: ["numpy", "h5py"])

  @Test("Every likelihood predicts; arrays of NumPy hold the same", .enabled(if: Self.python != nil, "needs Python"))
  func likelihoods() throws {
    try CountData.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 1, ["--preset", "auto", "--data", dataset, "--run", run, "--epochs", "1"])
      let (output, arrays) = ("\(directory)/rows.h5", "\(directory)/arrays")
      try apply([
        "--run", run, "--data", dataset, "--given", "label", "--write", Self.everything, "--samples", "50", "--output",
        output, "--npy", arrays,
      ])
      let program = """
        import sys, os, h5py, numpy as np
        f, names = h5py.File(sys.argv[1]), []
        f.visititems(lambda n, d: names.append(n) if hasattr(d, "shape") else None)
        for name in names:
            array = np.load(os.path.join(sys.argv[2], name.replace("/", "-") + ".npy"))
            assert array.dtype == f[name].dtype and np.array_equal(array, f[name][:], equal_nan=True), name
        assert len(os.listdir(sys.argv[2])) == len(names)
        for m in "reads", "events", "sensor", "sound":
            mean, deviation, draws = f["mean/" + m][:], f["deviation/" + m][:], f["draws/" + m][:]
            assert np.isfinite(mean).all() and (deviation > 0).all() and draws.shape[1] == 10, m
            # Ten draws of 40 rows: the mean of their distances is 0 with an error of 1/20.
            assert abs(((draws - mean[:, None]) / deviation[:, None]).mean()) < 0.2, m
        for m in "reads", "events":
            for kind in "median", "filled", "draws":
                assert (f[kind + "/" + m][:] % 1 == 0).all(), (m, kind)
            # The data are there, though they are not given.
        assert not f["imputed/reads"][:].any() and "mean/label" not in f
        """
      let outcome = try TestSupport.run(try #require(Self.python), ["-c", program, output, arrays])
      #expect(outcome.exitCode == 0, "\(outcome)")
    }
  }

  @Test("What cannot be done is said before anything is done")
  func badInput() throws {
    try withModel { directory, dataset, run in
      let output = "\(directory)/out.h5"
      let common = ["--run", run, "--data", dataset, "--output", output]
      try expectFailure(common + ["--given", "smell"], saying: "the model has no modality \"smell\"")
      try expectFailure(common + ["--target", "picture,picture"], saying: "picture is named twice")
      try expectFailure(common + ["--write", "score"], saying: "there is no \"score\"; did you mean \"scores\"")
      try expectFailure(common + ["--split", "tests"], saying: "train, validation, test or all")
      try expectFailure(common + ["--write", "latents", "--percentiles", "5"], saying: "--percentiles are of scores")
      let complete = "\(directory)/sensors.h5"
      try expectFailure(
        ["--run", run, "--data", complete, "--output", output, "--write", "filled"],
        saying: "there is nothing to predict")
      try expectFailure(
        ["--run", run, "--data", dataset, "--output", dataset], saying: "would write over what is read")
      try Data("mine".utf8).write(to: URL(filePath: output))
      try expectFailure(common, saying: "Give --force to replace it")
      #expect(try bytes(output) == Data("mine".utf8))
      #expect(!FileManager.default.fileExists(atPath: output + ".progress"))
    }
  }

  /// Prints the most memory of a command, in KiB.
  private static let program = """
    import resource, subprocess, sys
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    """

  /// The rows take 28 MB and their latents 39 MB.
  @Test("Memory does not grow with the rows", .enabled(if: Self.python != nil, "needs Python"))
  func memory() throws {
    try SensorData.withDataset(rows: [.train: 480, .validation: 20, .test: 300_000]) { directory, dataset in
      let (configuration, run) = ("\(directory)/sensors.yaml", "\(directory)/run")
      try Data(SensorData.configuration(family: "mhvae").utf8).write(to: URL(filePath: configuration))
      try train(ranks: 1, ["--config", configuration, "--data", dataset, "--run", run, "--sample-every", "0"])
      for command in [["apply", "--write", "latents"], ["encode"]] {
        let kibibytes = try ["validation", "test"].map { split in
          let outcome = try TestSupport.run(
            try #require(Self.python),
            ["-c", Self.program, try product("mhvae-dist")] + command + [
              "--run", run, "--data", dataset, "--split", split, "--output", "\(directory)/\(command[0])-\(split).h5",
            ])
          return try #require(Int(outcome.stdout.trimmingCharacters(in: .whitespacesAndNewlines)), "\(outcome)")
        }
        #expect(kibibytes[1] - kibibytes[0] < 12 << 10, "\(command): \(kibibytes) KiB")
      }
      #expect(try HDF5File.open("\(directory)/encode-test.h5").dataset("core/mean").shape == [300_000, 4])
      let (one, three) = ("\(directory)/encode-validation.h5", "\(directory)/three.h5")
      let encoded = try mpirun(
        ranks: 3, "mhvae-dist",
        ["encode", "--run", run, "--data", dataset, "--split", "validation", "--output", three])
      #expect(encoded.exitCode == 0 && encoded.stdout.split(separator: "\n").count == 1, "\(encoded)")
      #expect(try bytes(one) == bytes(three))
    }
  }
}
