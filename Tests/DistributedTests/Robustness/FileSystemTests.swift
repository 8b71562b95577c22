import Foundation
import TestSupport
import Testing

/// Runs on file systems that cannot do everything, or not fast.
@Suite(.serialized, .enabled(if: Faults.library != nil, "needs a C compiler, to make calls fail"))
struct FileSystemTests {
  private static let epochs = ["--epochs", "2", "--warm-up-modality", "1", "--warm-up-core", "1"]

  private func train(
    _ directory: String, _ dataset: String, ranks: Int = 1, _ options: [String] = [], faults: [String: String]
  ) throws -> Outcome {
    let arguments =
      ["train", "--preset", "mnist", "--data", dataset, "--run", "\(directory)/run"] + Self.epochs + options
    let environment = Faults.environment(in: URL(filePath: directory).deletingLastPathComponent().path, faults)
    return ranks == 1
      ? try run(product("mhvae-dist"), arguments, environment: environment)
      : try mpirun(ranks: ranks, "mhvae-dist", arguments, environment: environment)
  }

  @Test("Without symbolic links everything works but the links", arguments: [1, 95, 38])
  func noLinks(code: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let outcome = try train(directory, dataset, faults: ["FAULT_DENY": "symlink=\(code)"])
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(outcome.stderr.contains("has no symbolic links: there is no last.safetensors"), "\(outcome)")
      #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
      #expect(
        try RunFiles.checkpointNames("\(directory)/run") == ["epoch-00001.safetensors", "epoch-00002.safetensors"])
      for choice in ["last", "best"] {
        let file = "\(directory)/\(choice).safetensors"
        let export = try run(
          product("mhvae-dist"), ["export", "--run", "\(directory)/run", "--checkpoint", choice, "--output", file])
        #expect(export.exitCode == 0, "\(export)")
      }
    }
  }

  @Test("A directory that cannot be synchronised stops neither training nor packing", arguments: [95, 38, 22, 9])
  func noDirectorySynchronization(code: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let faults = ["FAULT_DENY": "fsync-directory=\(code)"]
      let training = try train(directory, dataset, faults: faults)
      #expect(training.exitCode == 0 && training.stderr.isEmpty, "\(training)")
      let source = URL(filePath: directory).appending(path: "mnist")
      try SyntheticDigits.writeFiles(to: source, trainingRows: 300)
      let packing = try run(
        product("mhvae-pack"), ["mnist", "--input", source.path, "--output", "\(directory)/again.h5"],
        environment: Faults.environment(in: URL(filePath: directory).deletingLastPathComponent().path, faults))
      #expect(packing.exitCode == 0, "\(packing)")
    }
  }

  @Test("Without hard links a run is locked all the same")
  func noHardLinks() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let first = try train(directory, dataset, faults: ["FAULT_DENY": "link=1"])
      #expect(first.exitCode == 0 && first.stderr.isEmpty, "\(first)")
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/run/lock"))
    }
  }

  @Test("Files of rank 0 that are slow are not a rank that does not answer", arguments: [2, 3])
  func slowFiles(ranks: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let outcome = try train(
        directory, dataset, ranks: ranks, ["--stall-timeout", "3", "--sample-every", "0"],
        faults: ["FAULT_SLOW": "4000", "FAULT_ROOT": "\(directory)/run/checkpoints"])
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(try RunFiles.epochs("\(directory)/run") == [1, 2])
    }
  }

  /// It hangs for more than two stall timeouts: as soon as an epoch is done, until some more have been.
  @Test("A run directory that does not answer for a while costs the job nothing but checkpoints", arguments: [2, 3])
  func hangingFiles(ranks: Int) throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let run = "\(directory)/run"
      let hang = URL(filePath: directory).deletingLastPathComponent().appending(path: "hang-\(UUID().uuidString)").path
      let environment = Faults.environment(in: run, ["FAULT_HANG": hang])
      let arguments =
        ["train", "--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "400", "--warm-up-modality", "1"]
        + ["--warm-up-core", "1", "--stall-timeout", "2", "--log-steps", "1", "--sample-every", "0"]
      func epochs() throws -> Int { try RunFiles.epochs(run).count }
      let outcome = try mpirun(ranks: ranks, "mhvae-dist", arguments, environment: environment) { job in
        try job.wait { (try? epochs()) ?? 0 > 1 }
        FileManager.default.createFile(atPath: hang, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: hang) }
        usleep(500_000)
        let before = try epochs()
        usleep(5_000_000)
        #expect(try epochs() == before, "nothing can be written")
        try FileManager.default.removeItem(atPath: hang)
        try job.wait { (try? epochs()) ?? 0 > before + 3 }
        kill(try #require(job.children.last), SIGTERM)
      }
      #expect(outcome.exitCode == 75, "\(outcome)")
      #expect(outcome.stderr.contains("does not answer: step"), "\(outcome)")
      #expect(outcome.stderr.contains("can be written again"), "\(outcome)")
      let found = try RunFiles.epochs(run)
      #expect(found == Array(1...found.count))
    }
  }

  @Test("The metrics of an epoch are on the disk before its checkpoint has a name")
  func metricsFirst() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let log = "\(directory)/calls"
      let outcome = try train(directory, dataset, faults: ["FAULT_LOG": log])
      #expect(outcome.exitCode == 0, "\(outcome)")
      let calls = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
      let name = try #require(calls.firstIndex { $0.hasPrefix("rename") && $0.hasSuffix("epoch-00001.safetensors") })
      #expect(calls[..<name].contains { $0.hasPrefix("fsync") && $0.hasSuffix("metrics.jsonl") })
    }
  }
}
