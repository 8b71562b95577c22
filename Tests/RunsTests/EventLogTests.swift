import Configuration
import Foundation
import Models
import Runs
import SmallModel
import TestSupport
import Testing

/// What sessions leave for TensorBoard, one after the other, in a run with epochs of three steps.
struct EventLogTests {
  private func session(_ directory: String, epoch: Int, step: UInt64, isWithinEpoch: Bool = false) throws -> EventLog {
    let configuration = try smallConfiguration(epochs: 3)
    let state = CheckpointState(
      epoch: epoch, step: step, seed: 1, configuration: "", dataFingerprint: "", best: nil,
      progress: isWithinEpoch ? EpochProgress(termSums: []) : nil)
    let about = RunDescription(configuration, try makeModel(configuration.model), worldSize: 1)
    return try EventLog(directory: directory, from: state, about: about)
  }

  private func takeSteps(_ steps: ClosedRange<Int>, _ log: EventLog) throws {
    for step in steps {
      let line = #"{"step": \#(step), "epoch": \#((step + 2) / 3), "loss": 0.5}"#
      try log.append(try JSONDecoder().decode(StepReport.self, from: Data(line.utf8)))
    }
  }

  private func endEpoch(_ epoch: Int, _ log: EventLog) throws {
    let line = """
      {"epoch": \(epoch), "step": \(3 * epoch), "training": {"loss": 0.5, "elbo": -0.5, "terms": {}}, "warm_up_core": 1,
      "images_per_second": 1, "seconds": 1, "world_size": 1}
      """
    try log.append(try JSONDecoder().decode(EpochReport.self, from: Data(line.utf8)))
    try log.append(
      [SamplePicture(name: "a", title: "a", lines: [], width: 1, height: 1, png: [1])], step: 3 * epoch)
  }

  /// As TensorBoard reads them.
  private func events(_ directory: String) throws -> [StoredEvent] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted().flatMap {
      try storedEvents(Data(contentsOf: URL(filePath: "\(directory)/\($0)")))
    }
  }

  private func expect(
    _ directory: String, losses: ClosedRange<Int>, epochs: [Int], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let events = try events(directory)
    for (tag, steps) in [
      ("loss/step", Array(losses)), ("loss/training", epochs.map { 3 * $0 }), ("samples/a", epochs.map { 3 * $0 }),
    ] {
      let found = events.filter { $0.values.contains { $0.tag == tag } }.map(\.step)
      #expect(found == steps, "\(tag)", sourceLocation: sourceLocation)
    }
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    try temporaryDirectory { try body($0.appending(path: "tensorboard").path) }
  }

  @Test("Stopped when all steps of an epoch were taken, and killed before its checkpoint was written")
  func epochEndsAgain() throws {
    try withDirectory { directory in
      try takeSteps(1...3, try session(directory, epoch: 0, step: 0))
      for _ in 1...3 {
        let log = try session(directory, epoch: 0, step: 3, isWithinEpoch: true)
        try expect(directory, losses: 1...3, epochs: [])
        try endEpoch(1, log)
        try takeSteps(4...5, log)
        try expect(directory, losses: 1...5, epochs: [1])
      }
      // Whoever looks on forgets the epoch, too.
      #expect(try events(directory).filter(\.startsSession).map(\.step) == [1, 3])
    }
  }

  @Test("Stopped when all steps of an epoch were taken, and killed when its checkpoint was written")
  func epochStays() throws {
    try withDirectory { directory in
      try takeSteps(1...3, try session(directory, epoch: 0, step: 0))
      let log = try session(directory, epoch: 0, step: 3, isWithinEpoch: true)
      try endEpoch(1, log)
      try takeSteps(4...5, log)
      try takeSteps(4...6, try session(directory, epoch: 1, step: 3))
      try expect(directory, losses: 1...6, epochs: [1])
    }
  }

  @Test("Files whose names only begin like ours count as no session, whatever number they have")
  func foreignNames() throws {
    try withDirectory { directory in
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let foreign = ["9223372036854775807", "9999999999", "1", "+000000001", "0000000002.host"]
      for name in foreign { try Data().write(to: URL(filePath: "\(directory)/events.out.tfevents.\(name)")) }
      try takeSteps(1...3, try session(directory, epoch: 0, step: 0))
      #expect(FileManager.default.fileExists(atPath: "\(directory)/events.out.tfevents.0000000001"))
      try expect(directory, losses: 1...3, epochs: [])
    }
  }

  @Test("Stopped in the middle of an epoch")
  func middle() throws {
    try withDirectory { directory in
      let log = try session(directory, epoch: 0, step: 0)
      try takeSteps(1...3, log)
      try endEpoch(1, log)
      try takeSteps(4...5, log)
      try takeSteps(5...6, try session(directory, epoch: 1, step: 4, isWithinEpoch: true))
      try expect(directory, losses: 1...6, epochs: [1])
    }
  }
}
