import Foundation
import TestSupport
import Testing

/// Any number of modalities, any of them given, any of them asked for.
@Suite(.serialized) struct SubsetTests {
  private func withRun(
    family: String, ranks: Int = 2, _ body: (_ directory: String, _ dataset: String, _ run: String) throws -> Void
  ) throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try Data(SensorData.configuration(family: family).utf8).write(to: URL(filePath: configuration))
      let run = "\(directory)/run"
      try train(ranks: ranks, ["--config", configuration, "--data", dataset, "--run", run])
      try body(directory, dataset, run)
    }
  }

  @Test("Four modalities train on any number of ranks as on one", arguments: SensorData.families)
  func fourModalities(family: String) throws {
    try SensorData.withDataset { directory, dataset in
      let configuration = "\(directory)/sensors.yaml"
      try Data(SensorData.configuration(family: family).utf8).write(to: URL(filePath: configuration))
      var losses: [[Double]] = []
      for ranks in 1...4 {
        let run = "\(directory)/run-\(ranks)"
        try train(ranks: ranks, ["--config", configuration, "--data", dataset, "--run", run])
        losses.append(try RunFiles.stepLosses(run))
        #expect(losses[ranks - 1].count == 10)
        #expect(largestDifference([losses[ranks - 1][0]], [losses[0][0]]) <= 1e-6, "first step on \(ranks) ranks")
        #expect(largestDifference(losses[ranks - 1], losses[0]) <= 1e-4, "ten steps on \(ranks) ranks")
      }
    }
  }

  @Test("All four modalities are scored from each of the 15 sets of given ones", arguments: SensorData.families)
  func everySubsetIsScored(family: String) throws {
    try withRun(family: family) { _, dataset, run in
      // More ranks than rows: some have none.
      let whole = try mpirun(
        ranks: 4, "mhvae-dist", ["evaluate", "--run", run, "--data", dataset, "--limit", "3"])
      #expect(whole.exitCode == 0, "\(whole)")
      let rows = try RunFiles.likelihoodRows(run)
      #expect(rows.count { $0.quantity == "log p(picture, label, sensor, switches)" } == 15)
      #expect(rows.allSatisfy { $0.mean.isFinite })
      for word in ["ELBO", "label from picture, sensor, switches", "active units"] {
        #expect(whole.stdout.contains(word), "\(whole)")
      }

      let arguments = ["--given", "sensor,switches", "--target", "picture,label"]
      let part = try mpirun(
        ranks: 2, "mhvae-dist", ["evaluate", "--run", run, "--data", dataset, "--limit", "9"] + arguments)
      #expect(part.exitCode == 0, "\(part)")
      #expect(part.stdout.contains("log p(picture, label | sensor, switches)"), "\(part)")
      #expect(try RunFiles.likelihoodRows(run).count == rows.count, "the whole table stays")
      let path = "\(run)/evaluation-given-sensor+switches-target-picture+label.json"
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test("Nothing that is measured depends on the number of ranks")
  func measurementsDoNotDependOnRanks() throws {
    try withRun(family: "mhvae") { directory, dataset, run in
      var reports: [[Double]] = []
      for ranks in [1, 3] {
        let output = "\(directory)/\(ranks).json"
        let outcome = try mpirun(
          ranks: ranks, "mhvae-dist", ["evaluate", "--run", run, "--data", dataset, "--output", output])
        #expect(outcome.exitCode == 0, "\(outcome)")
        reports.append(try RunFiles.measurements(at: output))
      }
      #expect(reports[0].count > 25)
      #expect(largestDifference(reports[1], reports[0]) <= 1e-6)
    }
  }

  @Test("Every modality is shown, whatever is given")
  func everythingIsShown() throws {
    try withRun(family: "mhvae") { directory, dataset, run in
      let names = ["picture", "label", "sensor", "switches"]
      for bits in 1..<16 {
        let given = names.indices.filter { bits >> $0 & 1 == 1 }.map { names[$0] }.joined(separator: ",")
        for modality in names {
          let output = "\(directory)/\(modality)"
          let outcome = try TestSupport.run(
            product("mhvae-dist"),
            [
              "reconstruct", "--run", run, "--data", dataset, "--count", "20", "--given", given, "--modality", modality,
              "--output", output,
            ])
          #expect(outcome.exitCode == 0, "\(outcome)")
          let content = try Data(contentsOf: URL(filePath: output))
          if modality == "picture" {
            // Two lines of 16 and of 4 pictures, each above its reconstructions; side 8 doubled, 2 between.
            #expect(try pngSize(content) == [16 * 16 + 15 * 2, 4 * 16 + 3 * 2])
          } else {
            #expect(String(decoding: content, as: UTF8.self).split(separator: "\n").count == 21, "a header and 20 rows")
          }
        }
      }
    }
  }

  /// A JMVAE looks at the first of several given modalities only, unless all are given (see the README of Models).
  @Test("Values are given by class, by name, by number and by row, and drawn as tables", arguments: SensorData.families)
  func valuesAreGiven(family: String) throws {
    try withRun(family: family) { _, dataset, run in
      func table(_ arguments: [String]) throws -> String {
        let outcome = try TestSupport.run(
          product("mhvae-dist"),
          ["generate", "--run", run, "--data", dataset, "--modality", "sensor", "--count", "5"] + arguments)
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.stdout.split(separator: "\n").count == 6, "a header and 5 draws: \(outcome)")
        return outcome.stdout
      }
      #expect(try table(["--given", "label=east"]) == table(["--given", "label=1"]))
      #expect(try table(["--given", "switches=valve,light"]) == table(["--given", "switches=0,1,1"]))
      let tables: Set<String> = [
        try table([]), try table(["--given", "label=2"]), try table(["--given", "switches=0,0,0"]),
        try table(["--given", "picture=test:4"]), try table(["--given", "picture=test:4", "--given", "label=2"]),
      ]
      #expect(tables.count == (family == "jmvae" ? 4 : 5), "what is given must change the draws")
    }
  }

  @Test("A translation shows what was given, the original and every draw; a table names classes")
  func translations() throws {
    try withRun(family: "jmvae") { directory, dataset, run in
      let output = "\(directory)/picture.png"
      let common = ["translate", "--run", run, "--data", dataset, "--count", "5"]
      let picture = try TestSupport.run(
        product("mhvae-dist"),
        common + ["--from", "label,sensor", "--to", "picture", "--draws", "3", "--output", output])
      #expect(picture.exitCode == 0, "\(picture)")
      #expect(picture.stdout.contains("label of the columns: north, south, up, east, west"), "\(picture)")
      #expect(try pngSize(Data(contentsOf: URL(filePath: output))) == [5 * 16 + 4 * 2, 4 * 16 + 3 * 2])

      let words = try TestSupport.run(product("mhvae-dist"), common + ["--from", "picture", "--to", "switches"])
      #expect(words.exitCode == 0 && words.stdout.contains("1    valve"), "row 1 has cause 2: \(words)")

      let bytes = try Data(contentsOf: URL(filePath: output))
      let several = try mpirun(
        ranks: 3, "mhvae-dist",
        common + ["--from", "label,sensor", "--to", "picture", "--draws", "3", "--output", "\(directory)/3.png"])
      #expect(several.exitCode == 0, "\(several)")
      #expect(try Data(contentsOf: URL(filePath: "\(directory)/3.png")) == bytes, "three ranks draw the same")
      let table = try mpirun(ranks: 3, "mhvae-dist", common + ["--from", "picture", "--to", "switches"])
      #expect(table.stdout == words.stdout, "\(table)")
      let part = [
        "translate", "--run", run, "--data", dataset, "--from", "picture", "--to", "switches", "--first-row", "3",
        "--count",
        "20",
      ]
      let parts = try [1, 3].map { try mpirun(ranks: $0, "mhvae-dist", part).stdout }
      #expect(parts[0] == parts[1] && parts[0].contains("22   "), "several units: \(parts)")
    }
  }

  private static let mistakes: [(arguments: [String], message: String)] = [
    (["evaluate", "--given", "pictur"], "--given: the model has no modality \"pictur\"; did you mean \"picture\"?"),
    (["evaluate", "--target", "label,label"], "--target: label is named twice"),
    (["evaluate", "--given", ","], "--given: name at least one modality"),
    (["reconstruct"], "picture is a picture: name a PNG file with --output"),
    (
      ["reconstruct", "--modality", "label", "--first-row", "29", "--count", "16"],
      "--first-row 29 --count 16 is out of range"
    ),
    (["translate", "--from", "label", "--to", "labe"], "--to: the model has no modality \"labe\""),
    (
      ["generate", "--modality", "label", "--given", "label=9"], "expected a class from 0 to 4 or one of north, east"
    ),
    (["generate", "--modality", "label", "--given", "switches=1,1"], "switches has 3 values, found 2"),
    (["generate", "--modality", "label", "--given", "switches=pumps"], "\"pumps\" is none of pump, valve, light"),
    (["generate", "--modality", "label", "--given", "switches=2,0,0"], "the values of switches lie from 0 to 1"),
    (["reconstruct", "--modality", "label", "--first-row", "9223372036854775807"], "is out of range"),
    (["encode", "--output", "/nonexistent/latents.h5"], "/nonexistent/latents.h5"),
  ]

  @Test("What cannot be shown is one message")
  func mistakes() throws {
    try withRun(family: "mhvae", ranks: 1) { _, dataset, run in
      for (arguments, message) in Self.mistakes {
        let outcome = try TestSupport.run(product("mhvae-dist"), arguments + ["--run", run, "--data", dataset])
        #expect(outcome.exitCode == 1, "\(outcome)")
        #expect(outcome.stderr.contains(message), "\(outcome)")
        #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
      }
    }
  }

  /// Width and height, from the header chunk.
  private func pngSize(_ file: Data) throws -> [Int] {
    try #require(file.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), "a PNG signature")
    return [16, 20].map { start in file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
  }
}
