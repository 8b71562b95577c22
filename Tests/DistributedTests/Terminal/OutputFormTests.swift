import Foundation
import TestSupport
import Testing

/// What the programs say, how much of it, and in what form.
@Suite(.serialized) struct OutputFormTests {
  private static let training = ["--epochs", "2", "--warm-up-modality", "1", "--warm-up-core", "1"]
  private static let terminal = (try? run("script", ["--version"]))?.exitCode == 0

  @Test("Training ends with what it left and what comes next")
  func summary() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      let outcome = try mpirun(
        ranks: 2, "mhvae-dist", ["train", "--preset", "mnist", "--data", dataset, "--run", run] + Self.training)
      #expect(outcome.exitCode == 0, "\(outcome)")
      let lines = outcome.stdout.split(separator: "\n")
      let trained = try #require(lines.firstIndex { $0.hasPrefix("trained 2 epochs, best validation ELBO -") })
      let files = lines[(trained + 1)...].dropLast()
      #expect(files.count >= 2)
      for line in files {
        let path = String(try #require(line.split(separator: " ").first))
        #expect(FileManager.default.fileExists(atPath: path), "\(path)")
      }
      #expect(lines.last == "next: mhvae-dist evaluate --run \(run) --data \(dataset)")
    }
  }

  @Test("Told to be quiet, training says nothing, and evaluation its result only")
  func quiet() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      let training = try mpirun(
        ranks: 2, "mhvae-dist",
        ["train", "--quiet", "--preset", "mnist", "--data", dataset, "--run", run] + Self.training)
      #expect(training.exitCode == 0 && training.stdout.isEmpty && training.errors.isEmpty, "\(training)")
      let evaluation = try mpirun(
        ranks: 2, "mhvae-dist", ["evaluate", "-q", "--run", run, "--data", dataset, "--samples", "2"])
      #expect(evaluation.stdout.hasPrefix("quantity"), "\(evaluation)")
      #expect(!evaluation.stdout.contains("written to"), "\(evaluation)")
    }
  }

  @Test("Tables become JSON and nothing else")
  func json() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 1, ["--preset", "mnist", "--data", dataset, "--run", run] + Self.training)
      let model = ["--run", run, "--data", dataset]
      let report = try object("evaluate", model + ["--samples", "2", "--limit", "8"])
      #expect((report["likelihoods"] as? [Any])?.count == 8)
      let columns = try list("compare", [run])
      #expect(columns.first?["run"] as? String == "run" && columns.first?["evaluation"] is [String: Any])
      let rows = try list("translate", model + ["--from", "image", "--to", "label", "--count", "3"])
      #expect(rows.map { $0["row"] as? Int } == [0, 1, 2])
      #expect(rows.allSatisfy { ($0["means"] as? [Double])?.count == 10 && $0["observed"] is String })
      let draws = try list("generate", ["--run", run, "--modality", "label", "--count", "2"])
      #expect(draws.count == 2 && draws[0]["observed"] == nil)
      let summary = try object("train", ["--preset", "mnist", "--data", dataset, "--dry-run"])
      #expect(summary["parameter_count"] as? Int == 2_036_590)
      #expect((summary["layers"] as? [[String: Any]])?.first?["input"] as? [Int] == [1, 28, 28])
      let speed = try object("benchmark", ["--preset", "mnist", "--steps", "2", "--warm-up-steps", "0"])
      #expect((speed["subject"] as? [String: Any])?["world_size"] as? Int == 1)
      let contents = try object(try TestSupport.run(product("mhvae-pack"), ["inspect", "--json", dataset]))
      #expect((contents["rows"] as? [String: Int])?["test"] == SyntheticDigits.testRows)
    }
  }

  private func object(_ command: String, _ arguments: [String]) throws -> [String: Any] {
    try object(try TestSupport.run(product("mhvae-dist"), [command, "--json"] + arguments))
  }

  private func object(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try parse(outcome) as? [String: Any], "\(outcome)")
  }

  private func list(_ command: String, _ arguments: [String]) throws -> [[String: Any]] {
    let outcome = try TestSupport.run(product("mhvae-dist"), [command, "--json"] + arguments)
    return try #require(try parse(outcome) as? [[String: Any]], "\(outcome)")
  }

  private func parse(_ outcome: Outcome) throws -> Any {
    #expect(outcome.exitCode == 0, "\(outcome)")
    return try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8))
  }

  @Test(
    "A mistyped command is told from the one that was meant",
    arguments: [("mhvae-dist", "trian", "train"), ("mhvae-pack", "inspct", "inspect")])
  func mistypedCommand(program: String, typed: String, meant: String) throws {
    let outcome = try run(product(program), [typed])
    #expect(outcome.exitCode != 0)
    #expect(outcome.stderr.contains("there is no command \"\(typed)\"; did you mean \"\(meant)\"?"), "\(outcome)")
  }

  /// `script` gives a program a terminal.
  @Test(
    "Colours are for terminals, and not with NO_COLOR", .enabled(if: terminal, "needs util-linux's script"),
    arguments: [("xterm", "", true), ("xterm", "1", false), ("dumb", "", false)])
  func colours(terminal: String, noColor: String, expected: Bool) throws {
    let program = try product("mhvae-dist")
    let shown = try run(
      "script", ["-qec", "\(program) trian", "/dev/null"], environment: ["TERM": terminal, "NO_COLOR": noColor])
    #expect(shown.stdout.contains("\u{1B}[31merror:\u{1B}[0m") == expected, "\(shown)")
    #expect(shown.stdout.contains("there is no command"), "\(shown)")
    #expect(!(try run(program, ["trian"], environment: ["TERM": "xterm"])).stderr.contains("\u{1B}"))
  }
}
