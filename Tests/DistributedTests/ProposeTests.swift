import Foundation
import TestSupport
import Testing

/// `propose` and `train --preset auto`, on data of every likelihood.
@Suite(.serialized) struct ProposeTests {
  private func propose(_ dataset: String, _ options: [String] = []) throws -> String {
    let outcome = try run(product("mhvae-dist"), ["propose", "--data", dataset] + options)
    #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty, "\(outcome)")
    return outcome.stdout
  }

  @Test("What is proposed trains as it is, and --preset auto trains the same", arguments: SensorData.families)
  func proposal(family: String) throws {
    try CountData.withDataset { directory, dataset in
      let text = try propose(dataset, ["--family", family])
      #expect(try propose(dataset, ["--family", family]) == text)
      #expect(try (propose(dataset) == text) == (family == "mhvae"))
      let file = "\(directory)/model.yaml"
      try Data(text.utf8).write(to: URL(filePath: file))
      let (written, auto) = ("\(directory)/written", "\(directory)/auto")
      let common = ["--data", dataset, "--epochs", "1"]
      try train(ranks: 2, common + ["--config", file, "--run", written])
      try train(ranks: 2, common + ["--preset", "auto", "--family", family, "--run", auto])
      let configurations = try [written, auto].map { try String(contentsOfFile: "\($0)/config.yaml", encoding: .utf8) }
      #expect(configurations[0] == configurations[1])
      #expect(try RunFiles.stepLosses(written) == RunFiles.stepLosses(auto))
      #expect(try RunFiles.stepLosses(auto).allSatisfy { $0.isFinite })

      try train(
        ranks: 1, ["--data", dataset, "--preset", "auto", "--run", auto, "--resume", "--epochs", "2"])
      #expect(try RunFiles.epochs(auto) == [1, 2])
    }
  }

  @Test("Counts and learned scales train on any number of ranks as on one, and are scored and drawn")
  func everyLikelihood() throws {
    try CountData.withDataset { directory, dataset in
      var losses: [[Double]] = []
      for ranks in 1...3 {
        let run = "\(directory)/run-\(ranks)"
        try train(
          ranks: ranks,
          [
            "--preset", "auto", "--data", dataset, "--run", run, "--epochs", "1", "--set",
            "model.modalities.reads.exposure=total",
          ])
        losses.append(try RunFiles.stepLosses(run))
        #expect(largestDifference([losses[ranks - 1][0]], [losses[0][0]]) <= 1e-6, "first step on \(ranks) ranks")
        #expect(largestDifference(losses[ranks - 1], losses[0]) <= 1e-3, "an epoch on \(ranks) ranks")
      }
      let run = "\(directory)/run-1"
      let tensors = try RunFiles.tensors(run)
      for (name, count) in [
        ("reads.likelihood.log_dispersion", 6), ("sensor.likelihood.logvar", 4), ("sound.likelihood.log_scale", 1),
      ] {
        #expect(
          tensors["modality.\(name)"]?.count == count && tensors["modality.\(name)"]?.contains { $0 != 0 } == true)
      }
      let evaluated = try mpirun(
        ranks: 2, "mhvae-dist", ["evaluate", "--run", run, "--data", dataset, "--samples", "10"])
      #expect(evaluated.exitCode == 0, "\(evaluated)")
      #expect(try RunFiles.likelihoods(run).allSatisfy { $0.isFinite })
      let drawn = try TestSupport.run(
        product("mhvae-dist"), ["generate", "--run", run, "--modality", "events", "--count", "3", "--given", "label=2"])
      #expect(drawn.exitCode == 0 && drawn.stdout.split(separator: "\n").count == 4, "\(drawn)")
      let given = try TestSupport.run(
        product("mhvae-dist"), ["generate", "--run", run, "--modality", "label", "--given", "events=1,0.5,2"])
      #expect(given.exitCode != 0 && given.stderr.contains("whole numbers of at least 0"), "\(given)")
    }
  }

  @Test("A count that is none is refused with its row, in training as by verify", arguments: [-1, 0.5] as [Float])
  func noCount(value: Float) throws {
    try CountData.withDataset(firstRead: value) { directory, dataset in
      let trained = try run(
        product("mhvae-dist"), ["train", "--preset", "auto", "--data", dataset, "--run", "\(directory)/run"])
      #expect(
        trained.exitCode != 0 && trained.stderr.contains("train/reads, row 0: a value its likelihood"), "\(trained)")
      let verified = try run(product("mhvae-pack"), ["verify", dataset])
      #expect(verified.exitCode != 0, "\(verified)")
      #expect((verified.stdout + verified.stderr).contains("counts are whole numbers of at least 0"), "\(verified)")
    }
  }
}
