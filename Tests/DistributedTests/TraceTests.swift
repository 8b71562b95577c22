import Foundation
import TestSupport
import Testing

/// What `train --trace` writes, on several ranks.
@Suite(.serialized) struct TraceTests {
  private struct Event: Decodable {
    let ph: String
    let pid: Int
    let name: String
    let ts: Double?
    let dur: Double?
    let args: [String: Argument]?

    /// Times are given to the nanosecond.
    var start: Int { Int(((ts ?? .nan) * 1000).rounded()) }
    var end: Int { start + Int(((dur ?? .nan) * 1000).rounded()) }
  }

  /// A name or a number.
  private struct Argument: Decodable {
    let text: String?
    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }

  private func events(_ path: String) throws -> [Event] {
    try JSONDecoder().decode([Event].self, from: Data(contentsOf: URL(filePath: path)))
  }

  private let phases = [
    "input", "forward", "backward", "exchange of norms", "exchange of gradients", "Adam",
  ]

  /// 22 steps an epoch.
  @Test("Every rank has every phase of every step, one after another or one within another")
  func phasesOfRanks() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let path = "\(directory)/run/trace.json"
      try train(
        ranks: 2,
        ["--preset", "mnist", "--data", dataset, "--run", "\(directory)/run", "--epochs", "1", "--trace", path])
      let all = try events(path)
      let processes = all.filter { $0.ph == "M" && $0.name == "process_name" }
      #expect(processes.map(\.pid) == [0, 1])
      for (rank, process) in processes.enumerated() {
        #expect(process.args?["name"]?.text?.hasPrefix("rank \(rank) on ") == true)
      }
      for rank in 0..<2 {
        let own = all.filter { $0.ph == "X" && $0.pid == rank }
        let steps = own.filter { $0.name.hasPrefix("step ") }
        #expect(steps.map(\.name) == (1...22).map { "step \($0)" })
        for step in steps {
          let inside = own.filter { step.start <= $0.start && $0.end <= step.end && $0.name != step.name }
          for phase in phases {
            #expect(inside.contains { $0.name == phase }, "\(phase) of \(step.name), rank \(rank)")
          }
        }
        expectNesting(own)
      }
      // Both have waited for each other at the start, and in every step.
      let first = (0..<2).map { rank in all.first { $0.pid == rank && $0.name == "step 1" }! }
      #expect(first[0].start < first[1].end && first[1].start < first[0].end)
    }
  }

  private func expectNesting(_ events: [Event]) {
    var open: [Event] = []
    for event in events.sorted(by: { ($0.start, -$0.end) < ($1.start, -$1.end) }) {
      while let last = open.last, last.end <= event.start { open.removeLast() }
      if let last = open.last { #expect(event.end <= last.end, "\(event) overlaps \(last)") }
      open.append(event)
    }
  }

  @Test("A traced run is the same run to the bit; a resumed one traces its own first steps")
  func sameRun() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let (plain, traced, path) = ("\(directory)/plain", "\(directory)/traced", "\(directory)/trace.json")
      let common = ["--preset", "mnist", "--data", dataset, "--epochs", "10"]
      try train(ranks: 2, common + ["--run", plain])
      try train(ranks: 2, common + ["--run", traced, "--trace", path])
      func bytes(_ run: String) throws -> Data { try Data(contentsOf: URL(filePath: RunFiles.lastCheckpoint(run))) }
      #expect(try bytes(traced) == bytes(plain))
      func steps() throws -> [String] {
        try events(path).filter { $0.pid == 1 && $0.name.hasPrefix("step ") }.map(\.name)
      }
      #expect(try steps() == (1...200).map { "step \($0)" })
      try train(ranks: 2, ["--data", dataset, "--run", traced, "--resume", "--epochs", "11", "--trace", path])
      #expect(try steps() == (221...242).map { "step \($0)" })
    }
  }

  @Test("A trace that cannot be written is an error before anything is")
  func badPaths() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      for (path, word) in [
        ("\(directory)/none/trace.json", "none"), (directory, "not a regular file"), (dataset, "--trace"),
      ] {
        let outcome = try mpirun(
          ranks: 2, "mhvae-dist", ["train", "--preset", "mnist", "--data", dataset, "--run", run, "--trace", path])
        #expect(outcome.exitCode != 0 && outcome.stderr.contains(word), "\(outcome)")
        #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
        #expect(!FileManager.default.fileExists(atPath: run))
      }
    }
  }
}
