import Foundation
import TestSupport
import Testing

/// The commands as a person meets them.
@Suite(.serialized) struct CommandTests {
  @Test(
    "Help and version are said once and count as success", arguments: [["--help"], ["--version"], ["train", "--help"]])
  func helpIsSaidOnce(arguments: [String]) throws {
    let alone = try run(product("mhvae-dist"), arguments)
    let together = try mpirun(ranks: 2, "mhvae-dist", arguments)
    #expect(alone.exitCode == 0 && together.exitCode == 0, "\(together)")
    #expect(!alone.stdout.isEmpty && alone.stdout == together.stdout)
  }

  @Test(
    "Every command explains its own options",
    arguments: [
      ("train", "--dry-run"), ("evaluate", "--target"), ("compare", "<run>"), ("generate", "--count"),
      ("reconstruct", "--first-row"), ("translate", "--draws"), ("encode", "--split"), ("export", "--checkpoint"),
      ("benchmark", "--warm-up-steps"), ("doctor", "--json"), ("plan", "--byte-cost"), ("report", "--output"),
      ("propose", "--family"),
    ])
  func helpOfCommands(command: String, option: String) throws {
    for arguments in [["help", command], [command, "--help"]] {
      let outcome = try run(product("mhvae-dist"), arguments)
      #expect(outcome.exitCode == 0 && outcome.stdout.contains(option), "\(outcome)")
    }
  }

  @Test("A mistyped option is one error on any number of ranks")
  func mistypedOption() throws {
    let outcome = try mpirun(
      ranks: 3, "mhvae-dist", ["train", "--data", "x.h5", "--run", "y", "--preset", "mnist", "--epochz", "3"])
    #expect(outcome.exitCode != 0)
    #expect(outcome.stderr.components(separatedBy: "mhvae-dist: error: ").count == 2, "\(outcome)")
    #expect(outcome.stderr.contains("--epochz"), "\(outcome)")
  }

  @Test(
    "Options that say how to train are refused where the benchmark samples",
    arguments: [
      ["--no-overlap"], ["--bucket", "32"], ["--exchange", "all-reduce"], ["--steps", "3"], ["--wire", "bf16"],
    ])
  func samplingBenchmark(options: [String]) throws {
    let outcome = try run(product("mhvae-dist"), ["benchmark", "--preset", "mnist", "--samples", "2"] + options)
    #expect(outcome.exitCode != 0, "\(outcome)")
    #expect(outcome.stderr.contains("\(options[0]) is about training"), "\(outcome)")
  }

  @Test(
    "Rounding between hosts is refused where sums are to have the same bits, or every rank sums all",
    arguments: [(["--reproducible"], "(--reproducible)"), (["--exchange", "all-reduce"], "needs --exchange shared")])
  func refusedWires(options: [String], words: String) throws {
    let outcome = try run(
      product("mhvae-dist"), ["benchmark", "--preset", "mnist", "--steps", "1", "--wire", "bf16"] + options)
    #expect(outcome.exitCode != 0 && outcome.stderr.contains(words), "\(outcome)")
  }

  @Test("A dry run speaks once, names layers, memory and messages, and writes nothing")
  func dryRun() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let before = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      let outcome = try mpirun(
        ranks: 2, "mhvae-dist", ["train", "--preset", "mnist", "--data", dataset, "--dry-run"])
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(outcome.stdout.components(separatedBy: "mnist, mhvae: 2036590 parameters").count == 2, "\(outcome)")
      #expect(outcome.stdout.contains("each of 2 ranks") && outcome.stdout.contains("18 a step"), "\(outcome)")
      let run = try mpirun(
        ranks: 2, "mhvae-dist",
        ["train", "--preset", "mnist", "--data", dataset, "--run", "\(directory)/run", "--dry-run"])
      #expect(run.stdout == outcome.stdout)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == before)
      let nameless = try TestSupport.run(
        product("mhvae-dist"), ["train", "--preset", "mnist", "--data", dataset])
      #expect(nameless.exitCode != 0 && nameless.stderr.contains("--run"), "\(nameless)")
    }
  }

  @Test("Pictures are drawn from the prior, a class and a row")
  func picturesAreDrawn() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 1, ["--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "1"])
      var pictures: Set<Data> = []
      for given in [
        [], ["--given", "label=3"], ["--given", "label=4"],
        ["--given", "image=test:1", "--data", dataset],
      ] {
        let output = "\(directory)/picture.png"
        let outcome = try TestSupport.run(
          product("mhvae-dist"), ["generate", "--run", run, "--count", "300", "--output", output] + given)
        #expect(outcome.exitCode == 0, "\(outcome)")
        let picture = try Data(contentsOf: URL(filePath: output))
        #expect(picture.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), "a PNG signature")
        pictures.insert(picture)
      }
      #expect(pictures.count == 4, "what is given must change the picture")
    }
  }

  @Test("The baselines train, are evaluated and draw pictures", arguments: ["jmvae", "mvae"])
  func baselines(family: String) throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try train(
        ranks: 2, ["--preset", "mnist", "--family", family, "--data", dataset, "--run", run, "--epochs", "1"])
      let evaluation = try mpirun(
        ranks: 2, "mhvae-dist", ["evaluate", "--run", run, "--data", dataset, "--samples", "20", "--limit", "9"])
      #expect(evaluation.exitCode == 0 && evaluation.stdout.contains("mnist, \(family)"), "\(evaluation)")
      #expect(try RunFiles.likelihoods(run).allSatisfy { $0.isFinite && $0 < 0 })
      let picture = try TestSupport.run(
        product("mhvae-dist"),
        ["generate", "--run", run, "--given", "label=3", "--count", "4", "--output", "\(directory)/picture.png"])
      #expect(picture.exitCode == 0, "\(picture)")
      let other = try mpirun(
        ranks: 2, "mhvae-dist", ["train", "--run", run, "--data", dataset, "--resume", "--family", "mhvae"])
      #expect(other.exitCode != 0 && other.stderr.contains("--family differs"), "\(other)")
    }
  }

  @Test("The benchmark names every phase", arguments: [1, 2])
  func benchmarkNamesPhases(ranks: Int) throws {
    let outcome = try mpirun(
      ranks: ranks, "mhvae-dist", ["benchmark", "--preset", "mnist", "--steps", "3", "--warm-up-steps", "1"])
    #expect(outcome.exitCode == 0, "\(outcome)")
    for word in ["images/s", "input", "forward", "backward", "exchange of gradients", "Adam", "\(ranks) ranks"] {
      #expect(outcome.stdout.contains(word), "\(outcome)")
    }
  }
}
