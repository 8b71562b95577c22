import Foundation
import Runs
import SmallModel
import TestSupport
import Testing

struct RunDirectoryTests {
  private func withRun(_ body: (RunDirectory) throws -> Void) throws {
    try temporaryDirectory { directory throws in
      let run = RunDirectory(directory.appending(path: "runs/first").path)
      try run.write(configuration: "name: x\n")
      try body(run)
    }
  }

  private func touch(_ run: RunDirectory, _ epochs: some Sequence<Int>) throws {
    for epoch in epochs { try touch(run, .end(ofEpoch: epoch)) }
  }

  private func touch(_ run: RunDirectory, _ place: CheckpointID) throws {
    try Data((place.step.map { "step \($0)" } ?? "\(place.epoch)").utf8).write(
      to: URL(filePath: run.checkpointPath(place)))
  }

  private func content(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("Checkpoints sort by name: five digits, more if there are more")
  func naming() {
    let run = RunDirectory("r")
    #expect(run.checkpointPath(.end(ofEpoch: 12)) == "r/checkpoints/epoch-00012.safetensors")
    #expect(run.checkpointPath(.end(ofEpoch: 123_456)) == "r/checkpoints/epoch-123456.safetensors")
    #expect(
      run.checkpointPath(.step(1234, inEpoch: 13)) == "r/checkpoints/epoch-00013-step-000001234.safetensors")
    #expect(run.lastPath == "r/checkpoints/last.safetensors")
    #expect(run.bestPath == "r/checkpoints/best.safetensors")
  }

  @Test("A new run has its configuration, and is not made twice")
  func create() throws {
    try withRun { run throws in
      #expect(run.holdsRun)
      #expect(try run.readConfiguration() == "name: x\n")
      #expect(try message { try run.checkIsFree() }.contains("\(run.path) holds a run already"))
      #expect(try run.readConfiguration() == "name: x\n")
      let other = RunDirectory(run.path + "-other")
      #expect(!other.holdsRun)
      #expect(try message { _ = try other.readConfiguration() }.contains("\(other.path) holds no run"))
      #expect(try other.checkpointEpochs() == [])
    }
  }

  @Test("A run whose configuration is gone is told from one that is there")
  func missingConfiguration() throws {
    try withRun { run throws in
      try FileManager.default.removeItem(atPath: run.configurationPath)
      #expect(try message { try run.checkIsFree() }.contains("\(run.configurationPath) is missing; put it back"))
    }
  }

  @Test("Checkpoints are found, newest first, among whatever else is there")
  func epochs() throws {
    try withRun { run throws in
      try touch(run, [3, 100_000, 20])
      for name in [
        "epoch-x.safetensors", ".epoch-00004.safetensors.1.partial", "epoch-00005.txt", "epoch-6.safetensors",
        "epoch-00007-step-8.safetensors", "epoch-00007-stop-000000008.safetensors", "last.safetensors",
      ] {
        try Data().write(to: URL(filePath: "\(run.path)/checkpoints/\(name)"))
      }
      #expect(try run.checkpointEpochs() == [100_000, 20, 3])
    }
  }

  @Test("The newest and the best are kept, the links lead to them")
  func rotate() throws {
    try withRun { run throws in
      for epoch in 1...7 {
        try touch(run, [epoch])
        try run.rotate(last: .end(ofEpoch: epoch), best: min(epoch, 2), keeping: 3)
        #expect(try content(run.lastPath) == "\(epoch)")
        #expect(try content(run.bestPath) == "\(min(epoch, 2))")
      }
      #expect(try run.checkpointEpochs() == [7, 6, 5, 2])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: run.lastPath) == "epoch-00007.safetensors")
      try run.rotate(last: .end(ofEpoch: 7), best: 6, keeping: 1)
      #expect(try run.checkpointEpochs() == [7, 6])
      #expect(try content(run.bestPath) == "6")
    }
  }

  @Test("Without a best there is no link to it, and a checkpoint newer than the last one is left alone")
  func rotateWithoutBest() throws {
    try withRun { run throws in
      try touch(run, 1...5)
      try run.rotate(last: .end(ofEpoch: 3), best: nil, keeping: 1)
      #expect(try run.checkpointEpochs() == [5, 4, 3])
      #expect(!FileManager.default.fileExists(atPath: run.bestPath))
    }
  }

  @Test("Later places are greater, and so are their names")
  func order() {
    let places: [CheckpointID] = [
      .end(ofEpoch: 1), .step(9, inEpoch: 2), .step(10, inEpoch: 2), .end(ofEpoch: 2), .step(11, inEpoch: 3),
    ]
    #expect(places.reversed().sorted() == places)
    #expect(places.map(\.fileName).reversed().sorted() == places.map(\.fileName))
    #expect(places.map { CheckpointID(fileName: $0.fileName) } == places)
  }

  @Test("Of the places within epochs the newest and the one before it are kept")
  func rotateWithinEpochs() throws {
    try withRun { run throws in
      func rotate(_ last: CheckpointID, leaves kept: [CheckpointID]) throws {
        try touch(run, last)
        try run.rotate(last: last, best: 1, keeping: 2)
        #expect(try run.checkpoints() == kept.reversed())
        #expect(try content(run.lastPath) == content(run.checkpointPath(last)))
      }
      let (a, b, c) = (
        CheckpointID.step(7, inEpoch: 2), CheckpointID.step(8, inEpoch: 2), CheckpointID.step(9, inEpoch: 2)
      )
      let ends = (0...5).map(CheckpointID.end)
      try rotate(ends[1], leaves: [ends[1]])
      try rotate(a, leaves: [ends[1], a])
      try rotate(b, leaves: [ends[1], a, b])
      try rotate(c, leaves: [ends[1], b, c])
      try rotate(ends[2], leaves: [ends[1], c, ends[2]])
      try rotate(ends[3], leaves: [ends[1], ends[2], ends[3]])
      try rotate(.step(50, inEpoch: 4), leaves: [ends[1], ends[2], ends[3], .step(50, inEpoch: 4)])
      #expect(try run.checkpointEpochs() == [3, 2, 1])
    }
  }

  @Test("A program killed while it made the directory leaves a free one, or a run")
  func killedEarly() throws {
    try temporaryDirectory { directory throws in
      let run = RunDirectory(directory.appending(path: "run").path)
      try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
      let abandoned = "\(run.path)/.config.yaml.1-0.partial"
      try Data("na".utf8).write(to: URL(filePath: abandoned))
      try run.checkIsFree()
      try run.write(configuration: "name: x\n")
      #expect(!FileManager.default.fileExists(atPath: abandoned))
      try FileManager.default.removeItem(atPath: "\(run.path)/checkpoints")
      #expect(run.holdsRun)
      try run.write(configuration: "name: x\n")
      try touch(run, [1])
    }
  }
}
