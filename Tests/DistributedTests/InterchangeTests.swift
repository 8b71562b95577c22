import Foundation
import Storage
import TestSupport
import Testing

/// Models and latents that leave the program, and models that come back.
@Suite(.serialized) struct InterchangeTests {
  private static let python = TestSupport.python(withModules: ["numpy", "safetensors", "h5py"])
  private static let needsPython = "needs Python with numpy, safetensors and h5py"

  private func withExport(_ body: (_ directory: String, _ dataset: String, _ run: String) throws -> Void) throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try Data(SensorData.configuration(family: "mhvae").utf8).write(to: URL(filePath: configuration))
      let run = "\(directory)/run"
      try train(ranks: 2, ["--config", configuration, "--data", dataset, "--run", run])
      try expectSuccess(["export", "--run", run, "--output", "\(directory)/model.safetensors"])
      try body(directory, dataset, run)
    }
  }

  @discardableResult
  private func expectSuccess(_ arguments: [String]) throws -> Outcome {
    let outcome = try TestSupport.run(product("mhvae-dist"), arguments)
    #expect(outcome.exitCode == 0, "\(outcome)")
    return outcome
  }

  /// Means of the table of `model`, a run or a file.
  private func likelihoods(_ model: String, _ dataset: String, _ directory: String) throws -> [Double] {
    let output = "\(directory)/report.json"
    try expectSuccess(["evaluate", "--run", model, "--data", dataset, "--limit", "5", "--output", output])
    return try RunFiles.likelihoodRows(at: output).map(\.mean)
  }

  @Test("A model in a file is evaluated and drawn from as its run is")
  func fileStandsForRun() throws {
    try withExport { directory, dataset, run in
      let file = "\(directory)/model.safetensors"
      let means = try likelihoods(file, dataset, directory)
      #expect(means.count > 15)
      #expect(try likelihoods(run, dataset, directory) == means)
      let drawn = try [run, file].map {
        try expectSuccess(["generate", "--run", $0, "--modality", "label", "--count", "9"]).stdout
      }
      #expect(drawn[0] == drawn[1])
      try expectSuccess(["evaluate", "--run", file, "--data", dataset, "--limit", "2"])
      #expect(try expectSuccess(["compare", file]).stdout.contains("model.safetensors: sensors, mhvae"))

      let chosen = try TestSupport.run(
        product("mhvae-dist"), ["generate", "--run", file, "--checkpoint", "best", "--output", "x.png"])
      #expect(chosen.exitCode == 1 && chosen.stderr.contains("is a file and holds one model"), "\(chosen)")
    }
  }

  @Test("Python reads an export, and what Python wrote is read", .enabled(if: python != nil, "\(needsPython)"))
  func pythonAndBack() throws {
    try withExport { directory, dataset, run in
      let file = "\(directory)/model.safetensors"
      let program = """
        import sys, numpy
        from safetensors import safe_open
        from safetensors.numpy import save_file
        with safe_open(sys.argv[1], "numpy") as f:
            metadata, tensors = f.metadata(), {k: f.get_tensor(k) for k in f.keys()}
        assert not any(k.startswith("adam") for k in tensors), tensors.keys()
        assert "family: mhvae" in metadata["configuration"]
        assert tensors["modality.picture.encoder.0.conv.weight"].shape == (4, 1, 4, 4)
        assert tensors["modality.picture.encoder.0.norm.running_var"].shape == (4,)
        save_file(tensors, sys.argv[2], metadata=metadata)
        tensors["modality.label.decoder.0.linear.bias"] += numpy.float32([5, 0, 0, 0, 0])
        save_file(tensors, sys.argv[3], metadata=metadata)
        del tensors["modality.label.decoder.0.linear.bias"]
        save_file(tensors, sys.argv[4], metadata=metadata)
        save_file(tensors, sys.argv[5])
        """
      let copies = ["same", "changed", "lacking", "bare"].map { "\(directory)/\($0).safetensors" }
      let outcome = try TestSupport.run(try #require(Self.python), ["-c", program, file] + copies)
      #expect(outcome.exitCode == 0, "\(outcome)")
      let means = try likelihoods(run, dataset, directory)
      #expect(try likelihoods(copies[0], dataset, directory) == means)
      #expect(try likelihoods(copies[1], dataset, directory) != means)
      for (copy, message) in zip(
        copies[2...], ["tensor modality.label.decoder.0.linear.bias is missing", "must keep the export's metadata"])
      {
        let refused = try TestSupport.run(
          product("mhvae-dist"), ["evaluate", "--run", copy, "--data", dataset])
        #expect(refused.exitCode == 1 && refused.stderr.contains(message), "\(refused)")
      }
    }
  }

  @Test("Latents are written for what is given")
  func latentsAreWritten() throws {
    try withExport { directory, dataset, run in
      let output = "\(directory)/latents.h5"
      try expectSuccess([
        "encode", "--run", run, "--data", dataset, "--split", "train", "--given", "sensor", "--output", output,
      ])
      let file = try HDF5File.open(output)
      #expect(try file.attributeStrings("given") == ["sensor"])
      #expect(try file.attribute("split") == "train")
      #expect(try file.attributeInteger("epoch") == 1)
      #expect(try file.readFloats("core/mean").shape == [480, 4])
      let means = try file.readFloats("sensor/mean")
      #expect(means.shape == [480, 3] && Set(means.values).count > 20)
      #expect(try file.readFloats("sensor/logvar").values != means.values)
      // Sensors repeat every 35 rows, across the blocks in which rows are encoded.
      #expect(
        (0..<480 - 35).allSatisfy { row in
          let (here, there) = (3 * row, 3 * (row + 35))
          return means.values[here..<here + 3] == means.values[there..<there + 3]
        })
      #expect(means.values[0..<3] != means.values[3..<6])
      #expect(try !file.exists("picture"))
    }
  }

  @Test("Python reads latents", .enabled(if: python != nil, "\(needsPython)"))
  func pythonReadsLatents() throws {
    try withExport { directory, dataset, run in
      let output = "\(directory)/latents.h5"
      try expectSuccess(["encode", "--run", run, "--data", dataset, "--output", output])
      let program = """
        import sys, h5py
        with h5py.File(sys.argv[1]) as f:
            print(sorted(f), f["core/mean"].shape, f["label/logvar"].dtype, f.attrs["split"], list(f.attrs["given"]))
        """
      let outcome = try TestSupport.run(try #require(Self.python), ["-c", program, output])
      #expect(
        outcome.stdout == "['core', 'label', 'picture', 'sensor', 'switches'] (30, 4) float32 test "
          + "['picture', 'label', 'sensor', 'switches']\n", "\(outcome)")
    }
  }

  @Test("What is read is never written over")
  func inputsStay() throws {
    try withExport { directory, dataset, run in
      let before = try Data(contentsOf: URL(filePath: dataset))
      for (arguments, output) in [
        (["encode", "--run", run, "--data", dataset], dataset),
        (["export", "--run", run], "\(run)/checkpoints/last.safetensors"),
        (
          ["reconstruct", "--run", run, "--data", dataset],
          "\(directory)/../\(URL(filePath: directory).lastPathComponent)/sensors.h5"
        ),
      ] {
        let outcome = try TestSupport.run(product("mhvae-dist"), arguments + ["--output", output])
        #expect(outcome.exitCode == 1 && outcome.stderr.contains("would write over what is read"), "\(outcome)")
      }
      #expect(try Data(contentsOf: URL(filePath: dataset)) == before)
    }
  }

  @Test("Runs are compared side by side; one that was not evaluated is named")
  func comparison() throws {
    try withExport { directory, dataset, run in
      let missing = try TestSupport.run(product("mhvae-dist"), ["compare", run])
      #expect(missing.exitCode == 1 && missing.stderr.contains("evaluate --run \(run) first"), "\(missing)")
      try expectSuccess(["evaluate", "--run", run, "--data", dataset, "--limit", "5"])
      let other = "\(directory)/other.json"
      try expectSuccess(["evaluate", "--run", run, "--data", dataset, "--limit", "4", "--output", other])
      let outcome = try mpirun(ranks: 2, "mhvae-dist", ["compare", run, other])
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(outcome.stdout.contains("other.json and run differ in number of rows"), "\(outcome)")
      #expect(outcome.stdout.contains("run: sensors, mhvae, epoch 1, 5 rows, 20 samples each"), "\(outcome)")
    }
  }
}
