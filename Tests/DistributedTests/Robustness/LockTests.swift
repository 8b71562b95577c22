import Foundation
import TestSupport
import Testing

/// Two sessions that want the same run directory.
@Suite(.serialized) struct LockTests {
  @Test("A second session is refused and told who trains there; the first is not disturbed", arguments: [1, 2])
  func second(ranks: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: ranks)
      var refused: [Outcome] = []
      let first = try sessions.session(steps: 5) { job in
        for option in ["--continue", "--resume"] {
          refused.append(
            try run(
              product("mhvae-dist"),
              ["train", "--preset", "mnist", "--data", dataset, "--run", sessions.run, option, "--batch-size", "10"]))
        }
        kill(job.identifier, SIGUSR1)
      }
      #expect(first.exitCode == 75, "\(first)")
      let host = try run("hostname").stdout.split(separator: "\n")[0]
      for outcome in refused {
        #expect(outcome.exitCode == 1, "\(outcome)")
        #expect(outcome.errors.count == 1, "\(outcome)")
        #expect(
          outcome.stderr.contains(
            #/error: another session trains in .*/run: process \d+ on .*, since 20\d\d-.*Z\. Stop it first/#),
          "\(outcome)")
        #expect(outcome.stderr.contains(" on \(host)"), "\(outcome)")
      }
      try sessions.expectUndisturbedResult()
      #expect(!FileManager.default.fileExists(atPath: "\(sessions.run)/lock"))
    }
  }

  @Test("A session that fails at its start leaves no directory, lock or file behind")
  func failedStart() throws {
    try temporaryDirectory { directory in
      let run = directory.appending(path: "run").path
      let outcome = try mpirun(
        ranks: 2, "mhvae-dist", ["train", "--preset", "mnist", "--data", "\(directory.path)/no.h5", "--run", run])
      #expect(outcome.exitCode == 1 && outcome.stderr.contains("no.h5"), "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: run))
    }
  }

  @Test("A run that is to be continued is not begun anew where its file system is missing")
  func missingMount() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let common = ["train", "--preset", "mnist", "--data", dataset, "--continue", "--epochs", "1"]
      let away = try run(product("mhvae-dist"), common + ["--run", "\(directory)/shared/runs/x"])
      #expect(away.exitCode == 1, "\(away)")
      #expect(away.stderr.contains("there is no directory \(directory)/shared/runs for the run"), "\(away)")
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/shared"))
      let requeued = try run(
        product("mhvae-dist"), common + ["--run", "\(directory)/x"], environment: ["SLURM_RESTART_COUNT": "1"])
      #expect(requeued.exitCode == 1 && requeued.stderr.contains("/x holds no run"), "\(requeued)")
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/x"))
    }
  }

  @Test("Checkpoints that cannot be listed are an error, and nothing is overwritten")
  func unreadableCheckpoints() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let run = "\(directory)/run"
      let common = ["train", "--preset", "mnist", "--data", dataset, "--run", run, "--continue", "--epochs"]
      #expect(try TestSupport.run(product("mhvae-dist"), common + ["2"]).exitCode == 0)
      let metrics = try Data(contentsOf: URL(filePath: "\(run)/metrics.jsonl"))
      try FileManager.default.moveItem(atPath: "\(run)/checkpoints", toPath: "\(run)/away")
      let missing = try TestSupport.run(product("mhvae-dist"), common + ["3"])
      #expect(missing.exitCode == 1 && missing.stderr.contains("metrics of 2 epochs, but no checkpoint"), "\(missing)")
      try Data().write(to: URL(filePath: "\(run)/checkpoints"))
      let unreadable = try TestSupport.run(product("mhvae-dist"), common + ["3"])
      #expect(unreadable.exitCode == 1 && unreadable.stderr.contains("/checkpoints: Not a directory"), "\(unreadable)")
      #expect(try Data(contentsOf: URL(filePath: "\(run)/metrics.jsonl")) == metrics)
    }
  }
}
