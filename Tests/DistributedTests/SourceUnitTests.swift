import Foundation
import Storage
import TestSupport
import Testing

/// Standardised data, from packing to whatever is shown or written: all in the unit of the source.
@Suite(.serialized) struct SourceUnitTests {
  /// Two columns around 5000 and -3, which differ by 200 and 0.5; and a class that tells which half of them.
  private func table(in directory: String) throws {
    let lines = (0..<400).map { row -> String in
      let half = row % 2
      let noise = Double(row * 7 % 11) / 11 - 0.5
      return "\(5000 + 200 * (Double(half) - 0.5) + 20 * noise),\(-3 + 0.5 * (Double(half) - 0.5) - 0.05 * noise),"
        + (half == 0 ? "low" : "high")
    }
    try (["pressure,level,half"] + lines).joined(separator: "\n").write(
      toFile: "\(directory)/table.csv", atomically: true, encoding: .utf8)
  }

  private func output(_ arguments: [String]) throws -> String {
    let outcome = try run(product("mhvae-dist"), arguments)
    guard outcome.exitCode == 0 else { throw ProcessError(description: "\(outcome)") }
    return outcome.stdout
  }

  @Test("Draws, translations and given values are in the unit of the data, also of a resumed and of an exported model")
  func roundTrip() throws {
    try temporaryDirectory { directory in
      let path = directory.path
      try table(in: path)
      let data = "\(path)/table.h5"
      let packed = try run(
        product("mhvae-pack"),
        [
          "arrays", "--modality", "state=\(path)/table.csv:pressure,level:gaussian,standardise", "--modality",
          "half=\(path)/table.csv:half", "--output", data,
        ])
      #expect(packed.exitCode == 0, "\(packed)")
      let inspected = try run(product("mhvae-pack"), ["inspect", data])
      #expect(
        inspected.stdout.contains("standardised: 4999 ± 100") || inspected.stdout.contains("standardised: 5000 ± 100"),
        "\(inspected)")
      let common = ["--preset", "auto", "--data", data, "--run", "\(path)/run"]
      try train(ranks: 2, common + ["--epochs", "30"])
      try train(ranks: 1, ["--data", data, "--run", "\(path)/run", "--epochs", "40", "--resume"])
      _ = try output(["export", "--run", "\(path)/run", "--output", "\(path)/model.safetensors"])
      for model in ["\(path)/run", "\(path)/model.safetensors"] {
        let draws = "\(path)/draws.h5"
        _ = try output([
          "generate", "--run", model, "--data", data, "--given", "half=high", "--modality", "state", "--count", "50",
          "--output", draws,
        ])
        let values = try HDF5File.open(draws).readFloats("values/state").values
        let means = (0..<2).map { column in (0..<50).reduce(Float(0)) { $0 + values[2 * $1 + column] } / 50 }
        #expect(abs(means[0] - 5100) < 30 && abs(means[1] + 2.75) < 0.1, "\(means)")
        let half = try output([
          "generate", "--run", model, "--data", data, "--given", "state=4900,-3.25", "--modality", "half", "--count",
          "1", "--json",
        ])
        #expect(half.contains("low"), "\(half)")
      }
      let rows = try output([
        "reconstruct", "--run", "\(path)/run", "--data", data, "--modality", "state", "--count", "3", "--json",
      ])
      #expect(
        rows.contains("\"observed\":\"49") || rows.contains("\"observed\":\"50") || rows.contains("\"observed\":\"51")
          || rows.contains("\"observed\" : \"49") || rows.contains("\"observed\" : \"50")
          || rows.contains("\"observed\" : \"51"), "\(rows)")
    }
  }
}
