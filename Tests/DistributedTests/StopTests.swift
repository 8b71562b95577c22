import Foundation
import TestSupport
import Testing

/// Runs that are asked to stop, and go on.
@Suite(.serialized) struct StopTests {
  @Test("Stopped by every signal and by a file, a run goes on as if it never had been", arguments: [1, 2, 3])
  func everyCause(ranks: Int) throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: ranks)
      let stop = "\(sessions.run)/STOP"
      let causes: [(String, (ChildProcess) throws -> Void)] = [
        ("SIGUSR1", { kill($0.identifier, SIGUSR1) }), ("SIGUSR2", { kill($0.identifier, SIGUSR2) }),
        // One rank alone, the last; mpirun itself reports 1 when it is sent SIGTERM.
        ("SIGTERM", { kill(try #require($0.children.last), SIGTERM) }),
        ("the file STOP", { _ in #expect(FileManager.default.createFile(atPath: stop, contents: nil)) }),
      ]
      for (cause, interrupt) in causes {
        let outcome = try sessions.session(steps: 20, interrupt: interrupt)
        #expect(outcome.exitCode == 75, "\(outcome)")
        let step = RunFiles.lastStep(sessions.run)
        let epoch = (step - 1) / 135 + 1
        #expect(
          outcome.stdout.hasSuffix(
            "\nstopped by \(cause) after step \(step), in epoch \(epoch); resume with --run \(sessions.run) --resume\n"),
          "\(outcome)")
        // It stays, so that no wrapper starts the run again by itself, until someone does.
        #expect(FileManager.default.fileExists(atPath: stop) == (cause == "the file STOP"))
        #expect(
          try RunFiles.checkpointNames(sessions.run).contains { $0.hasSuffix("-step-\(digits(step)).safetensors") })
      }
      try sessions.expectUndisturbedResult()
      #expect(!FileManager.default.fileExists(atPath: stop))
    }
  }

  private func digits(_ step: Int) -> String { String(repeating: "0", count: 9 - "\(step)".count) + "\(step)" }

  @Test("SIGTERM to mpirun leaves a checkpoint in the second before it kills the ranks")
  func terminatedLauncher() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: 2)
      let outcome = try sessions.session(steps: 20) { kill($0.identifier, SIGTERM) }
      #expect(outcome.exitCode == 1 && outcome.stdout.contains("\nstopped by SIGTERM after step"), "\(outcome)")
      try sessions.expectUndisturbedResult()
    }
  }

  @Test("Without mpirun a signal ends the program with the same status")
  func alone() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      let arguments = ["train", "--preset", "mnist", "--data", dataset, "--run", run, "--log-steps", "1"]
      let outcome = try TestSupport.run(product("mhvae-dist"), arguments + ["--epochs", "100000"]) { program in
        try program.wait { RunFiles.lastStep(run) > 2 }
        kill(program.identifier, SIGTERM)
      }
      #expect(outcome.exitCode == 75 && outcome.stdout.contains("\nstopped by SIGTERM"), "\(outcome)")
    }
  }

  @Test("A model of a run that was stopped within an epoch can be looked at")
  func otherCommands() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: 1)
      _ = try sessions.session(steps: 5) { kill($0.identifier, SIGUSR1) }
      let last = "\(directory)/last.png"
      let outcome = try TestSupport.run(product("mhvae-dist"), ["generate", "--run", sessions.run, "--output", last])
      #expect(outcome.exitCode == 0 && FileManager.default.fileExists(atPath: last), "\(outcome)")
      let evaluation = try mpirun(
        ranks: 2, "mhvae-dist",
        ["evaluate", "--run", sessions.run, "--data", dataset, "--samples", "2", "--limit", "4"])
      #expect(evaluation.exitCode == 0, "\(evaluation)")
    }
  }
}
