import Foundation
import SafeTensors
import Storage
import TestSupport
import Testing

/// Runs that are killed, and go on.
@Suite(.serialized) struct KillTests {
  /// Checkpoints follow each other as fast as they can, so that most kills meet one that is being written.
  @Test("Killed again and again, ranks or mpirun, a run ends as if it never had been", arguments: [1, 2])
  func killed(ranks: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: ranks)
      for steps in [1, 7, 30, 2, 61, 4] {
        let outcome = try sessions.session(steps: steps, ["--checkpoint-every-steps", "1"]) { job in
          let ranks = job.children
          #expect(!ranks.isEmpty)
          if steps % 2 == 0 { kill(job.identifier, SIGKILL) }
          for rank in ranks { kill(rank, SIGKILL) }
        }
        #expect(outcome.exitCode != 0 && outcome.exitCode != 75, "\(outcome)")
      }
      try sessions.expectUndisturbedResult()
      let names = try RunFiles.checkpointNames(sessions.run)
      #expect(names.allSatisfy { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }, "\(names)")
    }
  }

  @Test("A checkpoint from which three runs died before they had taken a step is skipped, with a warning")
  func deadlyCheckpoint() throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: 2)
      let stopped = try sessions.session(steps: 5, ["--checkpoint-every-steps", "2"]) { kill($0.identifier, SIGUSR1) }
      #expect(stopped.exitCode == 75, "\(stopped)")
      let newest = "\(sessions.run)/checkpoints/last.safetensors"
      let name = try FileManager.default.destinationOfSymbolicLink(atPath: newest)
      try spoil("\(sessions.run)/checkpoints/\(name)")
      for _ in 1...3 {
        let died = try mpirun(ranks: 2, "mhvae-dist", ["train", "--data", dataset, "--run", sessions.run, "--resume"])
        #expect(died.exitCode == 1 && died.stderr.contains("not finite for any row"), "\(died)")
        #expect(!died.stderr.contains("skipping"), "\(died)")
      }
      let last = try sessions.expectUndisturbedResult()
      #expect(last.stderr.contains("warning: skipping \(sessions.run)/checkpoints/\(name): 3 sessions"), "\(last)")
      #expect(try !RunFiles.checkpointNames(sessions.run).contains("attempts.json"))
    }
  }

  /// Writes a checkpoint again, whole, with weights from which no step can be taken.
  private func spoil(_ path: String) throws {
    let file = try SafeTensorsFile.read(path: path, requireChecksum: true)
    var writer = SafeTensorsWriter(metadata: file.metadata.filter { $0.key != "checksum" })
    for tensor in file.tensors {
      let isSpoilt = tensor.name.hasSuffix("bias") && !tensor.name.hasPrefix("adam")
      let values = try file.floats(named: tensor.name)
      writer.add(tensor.name, shape: tensor.shape, floats: isSpoilt ? values.map { _ in .nan } : values)
    }
    try writeAtomically(to: path) { try writer.write(to: $0) }
  }

  @Test("A run that is killed or stopped often, but takes steps, is not one that dies")
  func killedOften() throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: 2)
      _ = try sessions.session(steps: 5, ["--checkpoint-every-steps", "2"]) { kill($0.identifier, SIGUSR1) }
      for _ in 1...4 {
        let died = try sessions.session(steps: 2) { job in for rank in job.children { kill(rank, SIGKILL) } }
        #expect(died.exitCode != 75 && !died.stderr.contains("skipping"), "\(died)")
      }
    }
  }

  @Test("A run that is stopped three times is not one that dies")
  func stoppedOften() throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let sessions = Sessions(directory, dataset, ranks: 1)
      for _ in 1...5 {
        let outcome = try sessions.session(steps: 1) { kill($0.identifier, SIGUSR2) }
        #expect(outcome.exitCode == 75 && !outcome.stderr.contains("skipping"), "\(outcome)")
        #expect(try !RunFiles.checkpointNames(sessions.run).contains("attempts.json"))
      }
    }
  }

  @Test("--continue refuses what the run in the directory is not, and --resume beside it")
  func continuing() throws {
    try SyntheticDigits.withDataset(trainingRows: Sessions.rows) { directory, dataset in
      let run = "\(directory)/run"
      let common = ["train", "--data", dataset, "--run", run, "--continue"]
      let first = try mpirun(ranks: 2, "mhvae-dist", common + ["--preset", "mnist", "--epochs", "1"])
      #expect(first.exitCode == 0, "\(first)")
      let again = try mpirun(ranks: 2, "mhvae-dist", common + ["--preset", "mnist", "--epochs", "1"])
      #expect(again.exitCode == 0, "\(again)")
      #expect(try RunFiles.epochs(run) == [1])
      for (options, word) in [
        (["--preset", "mnist", "--seed", "9"], "training.seed differs"),
        (["--preset", "fashion-mnist"], "name differs"), ([], "--preset"), (["--resume"], "not both"),
      ] {
        let outcome = try mpirun(ranks: 2, "mhvae-dist", common + options)
        #expect(outcome.exitCode == 1 && outcome.stderr.contains(word), "\(outcome)")
      }
    }
  }
}
