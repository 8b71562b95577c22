import Foundation
import TestSupport
import Testing
import Training

struct RunDirectoryTests {
  private func withRun(_ body: (RunDirectory) throws -> Void) throws {
    try temporaryDirectory { directory throws in
      let run = RunDirectory(directory.appending(path: "runs/first").path)
      try run.write(configuration: "name: x\n")
      try body(run)
    }
  }

  private func touch(_ run: RunDirectory, _ epochs: some Sequence<Int>) throws {
    for epoch in epochs { try Data("\(epoch)".utf8).write(to: URL(filePath: run.checkpointPath(epoch: epoch))) }
  }

  private func content(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("Checkpoints sort by name: five digits, more if there are more")
  func naming() {
    let run = RunDirectory("r")
    #expect(run.checkpointPath(epoch: 12) == "r/checkpoints/epoch-00012.safetensors")
    #expect(run.checkpointPath(epoch: 123_456) == "r/checkpoints/epoch-123456.safetensors")
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
      #expect(other.checkpointEpochs() == [])
    }
  }

  @Test("Checkpoints are found, newest first, among whatever else is there")
  func epochs() throws {
    try withRun { run throws in
      try touch(run, [3, 100_000, 20])
      for name in ["epoch-x.safetensors", ".epoch-00004.safetensors.1.partial", "epoch-00005.txt", "last.safetensors"] {
        try Data().write(to: URL(filePath: "\(run.path)/checkpoints/\(name)"))
      }
      #expect(run.checkpointEpochs() == [100_000, 20, 3])
    }
  }

  @Test("The newest and the best are kept, the links lead to them")
  func settle() throws {
    try withRun { run throws in
      for epoch in 1...7 {
        try touch(run, [epoch])
        try run.settle(last: epoch, best: min(epoch, 2), keeping: 3)
        #expect(try content(run.lastPath) == "\(epoch)")
        #expect(try content(run.bestPath) == "\(min(epoch, 2))")
      }
      #expect(run.checkpointEpochs() == [7, 6, 5, 2])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: run.lastPath) == "epoch-00007.safetensors")
      try run.settle(last: 7, best: 6, keeping: 1)
      #expect(run.checkpointEpochs() == [7, 6])
      #expect(try content(run.bestPath) == "6")
    }
  }

  @Test("Without a best there is no link to it, and a checkpoint newer than the last one is left alone")
  func settleWithoutBest() throws {
    try withRun { run throws in
      try touch(run, 1...5)
      try run.settle(last: 3, best: nil, keeping: 1)
      #expect(run.checkpointEpochs() == [5, 4, 3])
      #expect(!FileManager.default.fileExists(atPath: run.bestPath))
    }
  }
}
