import Communication
import FixtureChecks
import Foundation
import Models
import Storage
import TestSupport
import Testing

/// That the harness itself notices what differs, tried on copies of a fixture.
struct FixtureHarnessTests {
  private static let original = "\(Fixture.folder)/jmvae-bimodal-mlp.h5"

  /// - Parameters:
  ///   - alpha: what `weights` says instead of 0.01.
  ///   - extraTerm: a term that no model reports.
  private func failures(alpha: Double = 0.01, extraTerm: String? = nil, loss change: Double = 0) throws -> [String] {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "changed.h5").path
      try copy(to: path, alpha: alpha, extraTerm, change)
      let check = try FixtureCheck(try Fixture(path: path), collectives: SingleRank())
      try check.run()
      return check.comparison.failures
    }
  }

  private func copy(to path: String, alpha: Double, _ extraTerm: String?, _ change: Double) throws {
    let file = try HDF5File.open(Self.original)
    let weights = try file.attribute("weights")
    #expect(weights.contains("\"alpha\": 0.01"))
    let config = try file.attribute("config")
    let paths = try file.datasetPaths()
    let contents = try paths.map { ($0, try file.readDoubles($0)) }
    let groups = try file.memberNames(of: "evaluate")
    let attributes = try groups.flatMap { group in
      try ["given", "targets"].map { ($0, "evaluate/\(group)", try file.attribute($0, at: "evaluate/\(group)")) }
    }
    try HDF5File.writeAtomically(to: path) { copy throws(StorageError) in
      try copy.setAttribute("config", to: config)
      try copy.setAttribute("weights", to: weights.replacing("\"alpha\": 0.01", with: "\"alpha\": \(alpha)"))
      for (name, (shape, values)) in contents {
        let values = name == "expected/terms/loss" ? values.map { $0 + change } : values
        try copy.write(values, shape: shape, to: name)
      }
      if let extraTerm { try copy.write([1.0], shape: [], to: "expected/terms/\(extraTerm)") }
      for (name, group, text) in attributes { try copy.setAttribute(name, to: text, at: group) }
    }
  }

  @Test("An unchanged copy holds")
  func unchanged() throws { #expect(try failures() == []) }

  /// The loss is linear in alpha, its gradients are not those of the file any more.
  @Test("The alpha of a fixture is the model's")
  func alpha() throws {
    let file = try HDF5File.open(Self.original)
    let divergences = try file.datasetPaths(under: "expected/terms").filter {
      $0.contains("kl/") && !$0.contains("joint")
    }
    let sum = try divergences.reduce(0.0) { $0 + (try file.readDoubles("expected/terms/\($1)").values[0]) }
    #expect(divergences.count == 2 && sum > 0)
    let failures = try failures(alpha: 0.31, loss: 0.3 * sum)
    #expect(!failures.contains { $0.hasPrefix("terms/") }, "\(failures)")
    #expect(failures.contains { $0.hasPrefix("expected/gradients/") })
  }

  @Test("A term that the model does not report is noticed")
  func unknownTerm() throws {
    let failures = try failures(extraTerm: "kl_of_something")
    #expect(failures.count == 1 && failures[0].contains("terms"), "\(failures)")
  }
}
