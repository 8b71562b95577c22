import Foundation
import Storage
import TestSupport
import Testing

/// Data of which rows lack modalities, from packing to evaluation.
@Suite(.serialized) struct GapTests {
  private static let families = ["mhvae", "mvae"]

  /// Calls `body` with a directory, the sensors' data with gaps in every split, and a configuration for each family.
  private func withGaps(
    _ body: (_ directory: String, _ dataset: String, _ configuration: (String) -> String) throws -> Void
  ) throws {
    try SensorData.withDataset { directory, complete in
      let dataset = "\(directory)/gaps.h5"
      let dropped = try run(
        product("mhvae-pack"), ["drop", complete, "--fraction", "0.4", "--output", dataset])
      guard dropped.exitCode == 0 else { throw ProcessError(description: "\(dropped)") }
      for family in SensorData.families {
        try SensorData.configuration(family: family).write(
          toFile: "\(directory)/\(family).yaml", atomically: true, encoding: .utf8)
      }
      try body(directory, dataset) { "\(directory)/\($0).yaml" }
    }
  }

  @Test("Reproducible runs on 1, 2, 4 and 8 ranks, streamed or not, end with the same bits", arguments: families)
  func sameBits(family: String) throws {
    try withGaps { directory, dataset, configuration in
      let common = ["--config", configuration(family), "--data", dataset, "--epochs", "2", "--reproducible"]
      var runs: [String] = []
      for (ranks, options) in [
        (1, []), (2, []), (4, ["--exchange", "all-reduce"]), (8, []), (2, ["--shard-memory", "1"]),
      ] {
        runs.append("\(directory)/\(family)-\(runs.count)")
        try train(ranks: ranks, common + ["--run", runs.last!] + options)
      }
      let expected = try RunFiles.tensors(runs[0])
      for run in runs.dropFirst() { #expect(try RunFiles.tensors(run) == expected, "\(run)") }
    }
  }

  @Test("Metrics say how many rows have a modality, evaluation how many were scored, the same on any number of ranks")
  func counts() throws {
    try withGaps { directory, dataset, configuration in
      let directory = "\(directory)/run"
      try train(ranks: 3, ["--config", configuration("mhvae"), "--data", dataset, "--run", directory])
      let metrics = try String(contentsOfFile: "\(directory)/metrics.jsonl", encoding: .utf8)
      #expect(metrics.contains(#""rows":{"label":288,"picture":288,"sensor":288,"switches":288}"#), "\(metrics)")
      #expect(metrics.contains(#""rows":{"label":12,"picture":12,"sensor":12,"switches":12}"#), "\(metrics)")
      var tables: [[String]] = []
      for ranks in [1, 3] {
        let outcome = try mpirun(
          ranks: ranks, "mhvae-dist",
          [
            "evaluate", "--run", directory, "--data", dataset, "--samples", "20", "--output",
            "\(directory)/e\(ranks).json",
          ])
        #expect(outcome.exitCode == 0, "\(outcome)")
        let lines = outcome.stdout.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasSuffix("rows") && $0.contains("std. error") }, "\(outcome)")
        // Thirty test rows, of which 0.4 lack each modality; each has one at least.
        #expect(lines.contains { $0.hasPrefix("log p(picture) ") && $0.hasSuffix(" 18") }, "\(outcome)")
        #expect(
          lines.contains { $0.hasPrefix("log p(picture, label, sensor, switches) ") && $0.hasSuffix(" 30") },
          "\(outcome)")
        tables.append(lines.filter { $0.hasPrefix("log p") })
      }
      #expect(tables[0] == tables[1])
    }
  }

  @Test("JMVAE refuses such rows by its name")
  func refused() throws {
    try withGaps { directory, dataset, configuration in
      let outcome = try mpirun(
        ranks: 2, "mhvae-dist",
        ["train", "--config", configuration("jmvae"), "--data", dataset, "--run", "\(directory)/run"])
      #expect(
        outcome.exitCode == 1 && outcome.stderr.contains("jmvae has no posterior for some modalities"), "\(outcome)")
      #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
      for command in [["propose"], ["train", "--preset", "auto", "--dry-run"]] {
        let proposed = try run(product("mhvae-dist"), command + ["--family", "jmvae", "--data", dataset])
        #expect(
          proposed.exitCode == 1 && proposed.stderr.contains("jmvae has no posterior for some modalities"),
          "\(proposed)")
      }
    }
  }

  @Test("Reports, translations and latents take rows with gaps")
  func use() throws {
    try withGaps { directory, dataset, configuration in
      let directory = "\(directory)/run"
      try train(ranks: 2, ["--config", configuration("mhvae"), "--data", dataset, "--run", directory])
      for arguments in [
        ["report", "--run", directory, "--data", dataset],
        ["encode", "--run", directory, "--data", dataset, "--output", "\(directory)/latents.h5"],
        ["reconstruct", "--run", directory, "--data", dataset, "--output", "\(directory)/rows.png"],
      ] {
        let outcome = try run(product("mhvae-dist"), arguments)
        #expect(outcome.exitCode == 0, "\(outcome)")
        if arguments[0] == "reconstruct" { #expect(outcome.stdout.contains("picture (grey: absent)"), "\(outcome)") }
      }
      let page = try String(contentsOfFile: "\(directory)/report.html", encoding: .utf8)
      #expect(page.contains("original (grey: absent)"))
      for (arguments, reason) in [
        (["encode", "--output", "latents.png"], "what is encoded is written as HDF5; name a .h5 file"),
        (["translate", "--from", "sensor", "--to", "label", "--output", "x.png"], "label is written as text"),
        (
          ["translate", "--from", "label", "--to", "picture", "--output", "x.h5"], "picture is written as a PNG picture"
        ),
      ] {
        let outcome = try run(product("mhvae-dist"), arguments + ["--run", directory, "--data", dataset])
        #expect(outcome.exitCode != 0 && outcome.stderr.contains(reason), "\(outcome)")
      }
      let last = try run(
        product("mhvae-dist"),
        ["translate", "--run", directory, "--data", dataset, "--from", "sensor", "--to", "label", "--first-row", "27"])
      #expect(last.exitCode == 0 && last.stdout.split(separator: "\n").count == 4, "a header and three rows: \(last)")
      let labels = try run(
        product("mhvae-dist"),
        ["translate", "--run", directory, "--data", dataset, "--from", "sensor", "--to", "label"])
      #expect(labels.exitCode == 0 && labels.stdout.contains("absent"), "\(labels)")
      let latents = try HDF5File.open("\(directory)/latents.h5")
      let sensor = try latents.readFloats("sensor/mean")
      let isAbsent = try PackedDataset.open(dataset).mask("sensor", .test).map { !$0 }
      #expect((0..<30).map { sensor.values[3 * $0].isNaN } == isAbsent)
      #expect(try latents.readFloats("core/mean").values.allSatisfy(\.isFinite))
    }
  }
}
