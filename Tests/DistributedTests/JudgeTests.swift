import Foundation
import TestSupport
import Testing

/// Classifiers, and what they measure.
@Suite(.serialized) struct JudgeTests {
  @discardableResult
  private func run(_ ranks: Int, _ arguments: [String]) throws -> Outcome {
    let outcome = try mpirun(ranks: ranks, "mhvae-dist", arguments)
    #expect(outcome.exitCode == 0, "\(outcome)")
    return outcome
  }

  /// Measure, what it is of, what was given, and its value and error.
  private func measures(_ path: String) throws -> [(name: [String], numbers: [Double])] {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
    return try #require(json?["measures"] as? [[String: Any]]).map { measure in
      let words = ["measure", "of"].map { measure[$0] as? String ?? "" } + (measure["given"] as? [String] ?? [])
      let numbers = ["value", "standard_error", "rows", "classifier_accuracy"].map { measure[$0] as? Double ?? -1 }
      return (words, numbers)
    }
  }

  @Test("Judges of one to four ranks tell the classes; one to four ranks measure the same with one, also with gaps")
  func measuresAgree() throws {
    try SensorData.withDataset { directory, complete in
      let (dataset, configuration) = ("\(directory)/gaps.h5", "\(directory)/sensors.yaml")
      let dropped = try TestSupport.run(
        product("mhvae-pack"), ["drop", complete, "--fraction", "0.2", "--output", dataset])
      try #require(dropped.exitCode == 0, "\(dropped)")
      try SensorData.configuration(family: "mvae").write(toFile: configuration, atomically: true, encoding: .utf8)
      try train(ranks: 2, ["--config", configuration, "--data", dataset, "--run", "\(directory)/run"])
      for ranks in 1...4 {
        let outcome = try run(
          ranks, ["judge", "--data", dataset, "--run", "\(directory)/judge\(ranks)", "--epochs", "2"])
        #expect(outcome.stdout.contains(/label from picture: .*% right/), "\(outcome)")
      }
      var found: [[(name: [String], numbers: [Double])]] = []
      for ranks in 1...4 {
        let output = "\(directory)/e\(ranks).json"
        let outcome = try run(
          ranks,
          [
            "evaluate", "--run", "\(directory)/run", "--data", dataset, "--judge", "\(directory)/judge2", "--samples",
            "2", "--output", output,
          ])
        #expect(outcome.stdout.contains("joint coherence"), "\(outcome)")
        found.append(try measures(output))
      }
      let names = Set(found[0].map { $0.name[0] })
      #expect(
        names == [
          "conditional coherence", "mean conditional coherence", "joint coherence", "Fréchet distance",
          "Fréchet distance, training rows", "linear probe", "MSE", "PSNR",
        ],
        "pictures are too small for SSIM; found \(names)")
      for ranks in 1..<4 {
        #expect(found[ranks].map(\.name) == found[0].map(\.name))
        for (a, b) in zip(found[0], found[ranks]) {
          #expect(largestDifference(a.numbers, b.numbers) < 1e-4, "\(ranks + 1) ranks: \(a), \(b)")
        }
      }
      try refusals(directory, dataset)
    }
  }

  private func refusals(_ directory: String, _ dataset: String) throws {
    func expectFailure(_ arguments: [String], _ words: String) throws {
      let outcome = try TestSupport.run(product("mhvae-dist"), arguments)
      #expect(outcome.exitCode != 0 && outcome.stderr.contains(words), "\(outcome)")
    }
    let (judge, model) = ("\(directory)/judge2", "\(directory)/run")
    try expectFailure(["encode", "--run", judge, "--data", dataset, "--output", "x.h5"], "holds classifiers")
    try expectFailure(["evaluate", "--run", judge, "--data", dataset], "holds classifiers")
    try expectFailure(
      ["evaluate", "--run", model, "--data", dataset, "--judge", model, "--samples", "1"], "not a classifier")
    try expectFailure(
      ["evaluate", "--run", model, "--data", dataset, "--judge", judge, "--target", "label"], "leave --given")
    try expectFailure(
      ["judge", "--data", dataset, "--run", "\(directory)/other", "--label", "picture"], "expected a categorical")
  }
}
