import Foundation
import SafeTensors
import TestSupport
import Testing

/// Reads what a run leaves behind.
enum RunFiles {
  /// One loss for every line of `steps.jsonl`, checked to be steps 1, 2, 3, ...
  static func stepLosses(_ run: String) throws -> [Double] {
    let records = try lines("\(run)/steps.jsonl")
    for (index, record) in records.enumerated() { #expect(record["step"] as? Int == index + 1, "\(run): \(record)") }
    return records.compactMap { $0["loss"] as? Double }
  }

  static func epochs(_ run: String) throws -> [Int] {
    try lines("\(run)/metrics.jsonl").compactMap { $0["epoch"] as? Int }
  }

  /// Mean of every line of a run's likelihood table.
  static func likelihoods(_ run: String) throws -> [Double] { try likelihoodRows(run).map(\.mean) }

  /// Means and standard errors of the likelihood table in an evaluation file.
  static func likelihoods(at path: String) throws -> [Double] {
    let report = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
    let rows = try #require(report?["likelihoods"] as? [[String: Any]])
    return try rows.flatMap { [try #require($0["mean"] as? Double), try #require($0["standard_error"] as? Double)] }
  }

  /// Mean of every line under a mixture, in an evaluation file.
  static func likelihoodsUnderMixture(at path: String) throws -> [Double] {
    let report = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
    return try (report?["likelihoods"] as? [[String: Any]] ?? []).map {
      try #require(($0["mixture"] as? [String: Any])?["mean"] as? Double)
    }
  }

  static func likelihoodRows(_ run: String) throws -> [(quantity: String, mean: Double)] {
    try likelihoodRows(at: "\(run)/evaluation.json")
  }

  /// Every line of the likelihood table in an evaluation file.
  static func likelihoodRows(at path: String) throws -> [(quantity: String, mean: Double)] {
    let report = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
    return try (report?["likelihoods"] as? [[String: Any]] ?? []).map { row in
      (try #require(row["quantity"] as? String), try #require(row["mean"] as? Double))
    }
  }

  /// Every number of an evaluation file that depends on model and data: likelihoods with errors, terms, accuracies,
  /// active units.
  static func measurements(at path: String) throws -> [Double] {
    let report = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
    func numbers(_ key: String, _ names: String...) -> [Double] {
      (report?[key] as? [[String: Any]] ?? []).flatMap { row in names.compactMap { row[$0] as? Double } }
    }
    let objective = report?["objective"] as? [String: Any]
    let terms = objective?["terms"] as? [String: Double] ?? [:]
    return numbers("likelihoods", "mean", "standard_error") + terms.sorted { $0.key < $1.key }.map(\.value)
      + numbers("accuracies", "accuracy") + numbers("active_units", "active", "count")
  }

  /// The bits of all tensors of a run's last checkpoint.
  static func tensors(_ run: String) throws -> [String: [UInt32]] {
    let file = try SafeTensorsFile.read(path: lastCheckpoint(run), requireChecksum: true)
    #expect(!file.tensors.isEmpty)
    return try Dictionary(
      uniqueKeysWithValues: file.tensors.map { ($0.name, try file.floats(named: $0.name).map(\.bitPattern)) })
  }

  static func lastCheckpoint(_ run: String) -> String { "\(run)/checkpoints/last.safetensors" }

  static func lines(_ path: String) throws -> [[String: Any]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }
}

/// Trains with every step logged and expects it to end well.
func train(ranks: Int, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
  let outcome = try mpirun(
    ranks: ranks, "mhvae-dist", ["train", "--log-steps", "1"] + arguments, timeout: .seconds(300))
  #expect(outcome.exitCode == 0, "\(outcome)", sourceLocation: sourceLocation)
}

/// The largest relative difference; infinite when the counts differ, nothing was compared, or a number is none.
func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count, !a.isEmpty else { return .infinity }
  let differences = zip(a, b).map { $0 == $1 ? 0 : abs($0 - $1) / abs($1) }
  return differences.contains(where: \.isNaN) ? .infinity : differences.max() ?? .infinity
}
