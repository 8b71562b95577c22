import Foundation
import TestSupport
import Testing

/// The page of a run, made by real training and opened in a real browser.
@Suite(.serialized) struct ReportTests {
  @Test("Training and evaluation leave a report; without its data it says what is missing")
  func reportOfTraining() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let run = "\(directory)/run<b>"
      try train(ranks: 2, arguments(run, dataset))
      let trained = try page(run)
      for section in ["Learning curves", "Draws", "Reconstructions and translations", "Core latent space", "Run"] {
        #expect(trained.contains("<h2>\(section)</h2>"), "\(section)")
      }
      #expect(trained.contains("<h1>run&lt;b&gt;</h1>") && trained.contains("Confusion: label from image"))
      #expect(trained.contains("Loss by step") && trained.contains("2 ranks"))
      #expect(!trained.contains("<h2>Evaluation</h2>"))

      let evaluation = try mpirun(
        ranks: 2, "mhvae-dist", ["evaluate", "--run", run, "--data", dataset, "--samples", "5", "--limit", "9"])
      #expect(evaluation.exitCode == 0, "\(evaluation)")
      #expect(try page(run).contains("<h2>Evaluation</h2>"))

      try FileManager.default.moveItem(atPath: dataset, toPath: "\(directory)/elsewhere.h5")
      let report = { (options: [String]) in
        try TestSupport.run(product("mhvae-dist"), ["report", "--run", run] + options)
      }
      #expect(try report([]).stdout == "report of \(run) written to \(run)/report.html\n")
      #expect(try report(["--quiet"]).stdout.isEmpty)
      let unwritable = try report(["--output", "\(directory)/nowhere/report.html"])
      #expect(unwritable.exitCode != 0 && unwritable.stderr.contains("/nowhere/report.html"), "\(unwritable)")
      #expect(try page(run).contains("are left out") && !page(run).contains("<h2>Core latent space</h2>"))
      #expect(try report(["--data", "\(directory)/elsewhere.h5"]).exitCode == 0)
      #expect(try page(run).contains("<h2>Core latent space</h2>") && !page(run).contains("are left out"))
      try SyntheticDigits.withDataset(trainingRows: 100) { (_, other) throws in
        #expect(try report(["--data", other]).exitCode == 0)
        #expect(try page(run).contains("the model was trained on other data: its fingerprint is "))
        #expect(try page(run).contains("<h2>Draws</h2>"))
      }
    }
  }

  @Test("A report that cannot be written is a warning, not a failed training")
  func reportThatCannotBeWritten() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let run = "\(directory)/run"
      try FileManager.default.createDirectory(atPath: "\(run)/report.html", withIntermediateDirectories: true)
      let outcome = try mpirun(ranks: 2, "mhvae-dist", ["train"] + arguments(run, dataset))
      #expect(outcome.exitCode == 0 && outcome.stderr.contains("warning: there is no report"), "\(outcome)")
    }
  }

  @Test("An exported model has no report")
  func modelFile() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      try train(ranks: 1, arguments("\(directory)/run", dataset))
      let program = try product("mhvae-dist")
      let model = "\(directory)/model.safetensors"
      try TestSupport.run(program, ["export", "--run", "\(directory)/run", "--output", model])
      let outcome = try TestSupport.run(program, ["report", "--run", model])
      #expect(outcome.exitCode != 0 && outcome.stderr.contains("is a file with a model"), "\(outcome)")
    }
  }

  @Test("A page writes over nothing that it is made of")
  func outputIsInput() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 1, arguments(run, dataset))
      try FileManager.default.createSymbolicLink(atPath: "\(directory)/link", withDestinationPath: run)
      let parts = [
        "config.yaml", "metrics.jsonl", "steps.jsonl", "journal.jsonl", "evaluation-x.json",
        "checkpoints/last.safetensors", "tensorboard/x",
      ]
      let outputs = (parts + ["../run/config.yaml", "../link/config.yaml"]).map { "\(run)/\($0)" }
      let before = try FileManager.default.subpathsOfDirectory(atPath: run).sorted()
      let configuration = FileManager.default.contents(atPath: "\(run)/config.yaml")
      for output in outputs {
        for command in [["report", "--run", run, "--output", output], ["compare", run, "--html", output]] {
          let outcome = try TestSupport.run(product("mhvae-dist"), command)
          #expect(outcome.exitCode != 0 && outcome.stderr.contains("would write over what is read"), "\(outcome)")
        }
      }
      #expect(try FileManager.default.subpathsOfDirectory(atPath: run).sorted() == before)
      #expect(FileManager.default.contents(atPath: "\(run)/config.yaml") == configuration)
      // What is no part of the run may lie beside it.
      let compared = try TestSupport.run(product("mhvae-dist"), ["compare", run, "--html", "\(run)/compared.html"])
      #expect(compared.exitCode == 0, "\(compared)")
    }
  }

  @Test("Runs are compared on a page, evaluated or not")
  func comparison() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let runs = ["\(directory)/one", "\(directory)/two"]
      for (run, rate) in zip(runs, ["0.001", "0.002"]) {
        try train(ranks: 1, arguments(run, dataset) + ["--set", "training.learning_rate=\(rate)"])
      }
      let output = "\(directory)/both.html"
      let outcome = try TestSupport.run(product("mhvae-dist"), ["compare"] + runs + ["--html", output])
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(outcome.stdout == "comparison of 2 runs written to \(output)\n")
      let quiet = try TestSupport.run(product("mhvae-dist"), ["compare", "-q"] + runs + ["--html", output])
      #expect(quiet.exitCode == 0 && quiet.stdout.isEmpty, "\(quiet)")
      let page = try String(contentsOfFile: output, encoding: .utf8)
      #expect(page.contains("training.learning_rate") && page.contains("Validation ELBO"))
    }
  }

  @Test(
    "A browser has nothing to say against a report, and refuses what does not belong to it",
    .enabled(if: Browser.isThere, "needs chromium"))
  func browser() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let run = "\(directory)/run"
      try train(ranks: 1, arguments(run, dataset))
      let page = try page(run)
      let opened = try Browser.open(page, in: directory)
      #expect(opened.console.isEmpty, "\(opened.console)")
      // The script has run: it takes the titles of points in charts away, as it shows their values itself.
      #expect(page.contains("<title>epoch 1, training") && opened.document.contains("<title>run</title>"))
      #expect(!opened.document.contains("<title>epoch 1, training"))
      // Without the policy that forbids it, a pointer over the first chart: the script tells what lies there.
      let pointer =
        "document.querySelector('svg[data-chart]').dispatchEvent(new PointerEvent('pointermove', {clientX: 0}))"
      let pointed = page.replacing(/<meta http-equiv[^>]*>/, with: "")
        .replacing("</html>", with: "<script>\(pointer)</script></html>")
      let shown = try Browser.open(pointed, in: directory).document
      #expect(shown.contains(#/<div class="tip"[^>]*><p>epoch 1</p><div class="c0">training /#), "\(shown)")
      // What a file could have brought in is neither loaded nor run, and the browser says so: its silence means
      // something.
      for intruder in ["<img src=\"https://example.invalid/x.png\">", "<script>document.title = 'taken'</script>"] {
        let invaded = try Browser.open(page.replacing("</main>", with: "\(intruder)</main>"), in: directory)
        #expect(invaded.console.contains { $0.contains("Content Security Policy") }, "\(invaded.console)")
        #expect(invaded.document.contains("<title>run</title>"))
      }
    }
  }

  private func arguments(_ run: String, _ dataset: String) -> [String] {
    ["--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "1"]
  }

  private func page(_ run: String) throws -> String {
    try String(contentsOfFile: "\(run)/report.html", encoding: .utf8)
  }
}

/// Debian's chromium, without a window.
private enum Browser {
  static var isThere: Bool { (try? run("chromium", ["--version"]))?.exitCode == 0 }

  /// Opens a page from a file.
  /// - Returns: the document after its script has run, and what the console says.
  static func open(_ page: String, in directory: String) throws -> (document: String, console: [String]) {
    let path = "\(directory)/opened.html"
    try page.write(toFile: path, atomically: true, encoding: .utf8)
    let outcome = try run(
      "chromium",
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(directory)/browser",
        "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", "file://\(path)",
      ], timeout: .seconds(120))
    guard outcome.exitCode == 0 else { throw ProcessError(description: "\(outcome)") }
    return (outcome.stdout, outcome.stderr.split(separator: "\n").map(String.init).filter { $0.contains(":CONSOLE") })
  }
}
