import Foundation
import TestSupport
import Testing

/// Runs that are asked to stop, and go on.
@Suite(.serialized) struct StopTests {
  @Test("Stopped by every signal and by a file, a run goes on as if it never had been", arguments: [1, 2, 3])
  func everyCause(ranks: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: ranks)
      let stop = "\(sessions.run)/STOP"
      let causes: [(String, (ChildProcess) throws -> Void)] = [
        ("SIGUSR1", { kill($0.identifier, SIGUSR1) }), ("SIGUSR2", { kill($0.identifier, SIGUSR2) }),
        // One rank alone, the last; mpirun itself reports 1 when it is sent SIGTERM.
        ("SIGTERM", { kill(try #require($0.children.last), SIGTERM) }),
        ("SIGINT", { kill(try #require($0.children.last), SIGINT) }),
        ("SIGHUP", { kill(try #require($0.children.last), SIGHUP) }),
        ("the file STOP", { _ in #expect(FileManager.default.createFile(atPath: stop, contents: nil)) }),
      ]
      for (cause, interrupt) in causes {
        let outcome = try sessions.session(steps: 5, interrupt: interrupt)
        #expect(outcome.exitCode == 75, "\(outcome)")
        let step = RunFiles.lastStep(sessions.run)
        let epoch = (step - 1) / Sessions.stepsPerEpoch + 1
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
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: 2)
      let outcome = try sessions.session(steps: 5) { kill($0.identifier, SIGTERM) }
      #expect(outcome.exitCode == 1 && outcome.stdout.contains("\nstopped by SIGTERM after step"), "\(outcome)")
      try sessions.expectUndisturbedResult()
    }
  }

  /// Trains without end, alone, and calls `interrupt` after a few steps.
  private func alone(
    _ directory: String, _ dataset: String, launcher: [String] = [], _ options: [String] = [],
    interrupt: (ChildProcess) throws -> Void
  ) throws -> Outcome {
    let run = "\(directory)/run"
    let command = launcher + [try product("mhvae-dist"), "train", "--preset", "mnist", "--data", dataset, "--run", run]
    let rest = Array(command.dropFirst()) + ["--log-steps", "1", "--epochs", "100000"] + options
    return try TestSupport.run(command[0], rest) { program in
      let start = RunFiles.lastStep(run)
      try program.wait { RunFiles.lastStep(run) > start + 2 }
      try interrupt(program)
    }
  }

  @Test(
    "Without mpirun a signal ends the program with the same status",
    arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGHUP, "SIGHUP")])
  func alone(signal: Int32, name: String) throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let outcome = try alone(directory, dataset) { kill($0.identifier, signal) }
      #expect(outcome.exitCode == 75 && outcome.stdout.contains("\nstopped by \(name)"), "\(outcome)")
    }
  }

  @Test(
    "A second SIGINT ends the program at once, also while it writes the checkpoint",
    .enabled(if: Faults.library != nil, "needs a C compiler, to make calls slow"))
  func secondInterrupt() throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let environment = Faults.environment(in: "\(directory)/run/checkpoints", ["FAULT_SLOW": "60000"])
      let launcher = ["env"] + environment.map { "\($0.key)=\($0.value)" }
      let outcome = try alone(directory, dataset, launcher: launcher) { program in
        kill(program.identifier, SIGINT)
        usleep(300_000)
        kill(program.identifier, SIGINT)
      }
      #expect(outcome.exitCode == 128 + SIGINT, "\(outcome)")
    }
  }

  @Test("A SIGHUP that is ignored, as under nohup, stays ignored")
  func ignoredHangup() throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let run = "\(directory)/run"
      let outcome = try alone(directory, dataset, launcher: ["nohup"]) { program in
        kill(program.identifier, SIGHUP)
        let step = RunFiles.lastStep(run)
        try program.wait { RunFiles.lastStep(run) > step + 20 }
        kill(program.identifier, SIGTERM)
      }
      #expect(outcome.exitCode == 75 && outcome.stdout.contains("\nstopped by SIGTERM"), "\(outcome)")
    }
  }

  @Test("A STOP that cannot be removed is an error that says so, and not the end of every session")
  func permanentStop() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let stop = "\(directory)/run/STOP"
      try FileManager.default.createDirectory(atPath: stop, withIntermediateDirectories: true)
      let outcome = try TestSupport.run(
        product("mhvae-dist"),
        ["train", "--preset", "mnist", "--data", dataset, "--run", "\(directory)/run", "--epochs", "1"])
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(
        outcome.stderr.contains("error: \(stop) stops every session and cannot be removed: Is a directory"),
        "\(outcome)")
    }
  }

  @Test("A STOP that comes while a session starts stops it; one from before does not", arguments: [1, 2])
  func earlyStop(ranks: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: ranks)
      let stop = "\(sessions.run)/STOP"
      _ = try sessions.session(steps: 5) { kill($0.identifier, SIGUSR1) }
      _ = FileManager.default.createFile(atPath: stop, contents: nil)
      let outcome = try mpirun(
        ranks: ranks, "mhvae-dist",
        ["train", "--data", dataset, "--run", sessions.run, "--resume", "--epochs", "100000", "--log-steps", "1"]
      ) { job in
        // The lock is there early, long before the first step.
        try job.wait { FileManager.default.fileExists(atPath: "\(sessions.run)/lock") }
        let new = "\(sessions.run)/NEW"
        _ = FileManager.default.createFile(atPath: new, contents: nil)
        rename(new, stop)
      }
      #expect(outcome.exitCode == 75 && outcome.stdout.contains("stopped by the file STOP"), "\(outcome)")
      // That one has done its work.
      try sessions.expectUndisturbedResult()
    }
  }

  @Test("A model of a run that was stopped within an epoch can be looked at")
  func otherCommands() throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
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
