import Foundation
import Storage
import TestSupport
import Testing

/// Runs whose directory can no longer be written.
@Suite(.serialized) struct LostDirectoryTests {
  private static let full = "No space left on device"

  /// Whether this user may mount a file system that is soon full.
  private static let mayMount = (try? temporaryDirectory { try mount($0.path) { true } }) ?? false

  /// Calls `body` while 4 MiB of memory are mounted on a directory.
  private static func mount<Result>(_ directory: String, _ body: () throws -> Result) throws -> Result {
    let mounted = try run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", directory])
    guard mounted.exitCode == 0 else { throw ProcessError(description: "\(mounted)") }
    defer { _ = try? run("umount", ["-l", directory]) }
    return try body()
  }

  private static let stepsPerEpoch = 20

  private func withData(_ body: (_ directory: String, _ dataset: String) throws -> Void) throws {
    try SensorData.withDataset(rows: [.train: 48 * Self.stepsPerEpoch, .validation: 20], body)
  }

  /// A run without end, with a checkpoint twice an epoch.
  private func train(
    _ directory: String, _ dataset: String, run: String, meanwhile: (ChildProcess) throws -> Void
  ) throws -> Outcome {
    let configuration = "\(directory)/sensors.yaml"
    try Data(SensorData.configuration(family: "mhvae").utf8).write(to: URL(filePath: configuration))
    return try mpirun(
      ranks: 2, "mhvae-dist",
      [
        "train", "--config", configuration, "--data", dataset, "--run", run, "--log-steps", "1", "--epochs", "1000000",
        "--checkpoint-every-steps", "10",
      ],
      meanwhile: meanwhile)
  }

  /// Expects every epoch and step once, up to the last checkpoint, and that it can be gone on from.
  private func expectWhole(_ run: String, _ dataset: String) throws {
    let epochs = try RunFiles.epochs(run)
    try #require(!epochs.isEmpty)
    #expect(epochs == Array(1...epochs.count))
    #expect(try (RunFiles.stepLosses(run).count - 1) / Self.stepsPerEpoch == epochs.count)
    try DistributedTests.train(
      ranks: 1, ["--data", dataset, "--run", run, "--resume", "--epochs", "\(epochs.count + 2)"])
    #expect(try RunFiles.epochs(run) == Array(1...epochs.count + 2))
    #expect(try RunFiles.stepLosses(run).count == Self.stepsPerEpoch * (epochs.count + 2))
    let steps = try EventFiles.steps(run)
    #expect(steps["loss/step"] == Array(1...Self.stepsPerEpoch * (epochs.count + 2)))
    #expect(steps["loss/training"] == (1...epochs.count + 2).map { Self.stepsPerEpoch * $0 })
    for name in ["prior-picture", "picture-given-label"] {
      for epoch in [1] + stride(from: 10, through: epochs.count, by: 10) {
        let file = "\(run)/samples/epoch-\(String(format: "%05d", epoch))-\(name).png"
        #expect(FileManager.default.fileExists(atPath: file), "\(file)")
      }
    }
  }

  /// So many more that what the last block of a file has room for is soon used up.
  private func waitForEpochs(_ job: ChildProcess) throws {
    func count() -> Int { job.reports.components(separatedBy: "\nepoch ").count }
    let before = count()
    try job.wait { count() > before + 8 }
  }

  /// Takes all the space that is left.
  private func fill(_ path: String) throws {
    let outcome = try run("dd", ["if=/dev/zero", "of=\(path)", "bs=4096"])
    #expect(outcome.stderr.contains(Self.full), "\(outcome)")
  }

  @Test(
    "A disk that fills up and has space again costs nothing",
    .enabled(if: mayMount, "needs root, to mount a small disk"))
  func fullDisk() throws {
    try withData { directory, dataset in
      let disk = "\(directory)/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      try Self.mount(disk) {
        let run = "\(disk)/run"
        let outcome = try train(directory, dataset, run: run) { job in
          try job.wait { RunFiles.lastStep(run) > 20 }
          try fill("\(disk)/filler")
          try job.wait { job.complaints.contains(Self.full) }
          try waitForEpochs(job)
          try FileManager.default.removeItem(atPath: "\(disk)/filler")
          try job.wait { job.complaints.contains("can be written again; nothing is lost") }
          kill(job.identifier, SIGUSR1)
        }
        #expect(outcome.exitCode == 75, "\(outcome)")
        #expect(outcome.stderr.components(separatedBy: "warning: ").count <= 5, "\(outcome)")
        try expectWhole(run, dataset)
      }
    }
  }

  @Test(
    "A disk that stays full is an error at the end, which says what is lost",
    .enabled(if: mayMount, "needs root, to mount a small disk"))
  func diskStaysFull() throws {
    try withData { directory, dataset in
      let disk = "\(directory)/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      try Self.mount(disk) {
        let run = "\(disk)/run"
        let outcome = try train(directory, dataset, run: run) { job in
          try job.wait { RunFiles.lastStep(run) > 20 }
          try fill("\(disk)/filler")
          try job.wait { job.complaints.contains(Self.full) }
          try waitForEpochs(job)
          kill(job.identifier, SIGUSR1)
        }
        #expect(outcome.exitCode == 1, "\(outcome)")
        let error = outcome.stderr.split(separator: "\n").first { $0.contains("error: ") } ?? ""
        for word in [Self.full, "Lost: ", "the state after step", "the newest checkpoint is epoch-"] {
          #expect(error.contains(word), "\(outcome)")
        }
        try FileManager.default.removeItem(atPath: "\(disk)/filler")
        let last = RunFiles.lastStep(run)
        let resumed = try mpirun(
          ranks: 2, "mhvae-dist",
          ["train", "--data", dataset, "--run", run, "--resume", "--log-steps", "1", "--epochs", "1000000"]
        ) { job in
          try job.wait { RunFiles.lastStep(run) > last }
          kill(job.identifier, SIGUSR1)
        }
        #expect(resumed.exitCode == 75, "\(resumed)")
      }
    }
  }

  @Test("A directory that goes away and comes back costs nothing")
  func movedDirectory() throws {
    try withData { directory, dataset in
      let (run, away) = ("\(directory)/run", "\(directory)/away")
      let outcome = try train(directory, dataset, run: run) { job in
        try job.wait { RunFiles.lastStep(run) > 20 }
        try FileManager.default.moveItem(atPath: run, toPath: away)
        try job.wait { job.complaints.contains("No such file or directory") }
        try waitForEpochs(job)
        try FileManager.default.moveItem(atPath: away, toPath: run)
        try job.wait { job.complaints.contains("can be written again; nothing is lost") }
        kill(job.identifier, SIGUSR2)
      }
      #expect(outcome.exitCode == 75, "\(outcome)")
      try expectWhole(run, dataset)
    }
  }
}
