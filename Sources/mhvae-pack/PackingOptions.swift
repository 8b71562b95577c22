import ArgumentParser
import Packing
import Storage

/// What all commands that pack have in common.
struct PackingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The file to write. It appears only when it is complete.", valueName: "file"))
  var output: String

  @Option(help: "Decides the rows of a split that is drawn, and the order of the training rows.")
  var seed: Int = 1

  @Flag(help: "Replace the output if it exists.")
  var force = false

  func validate() throws {
    if seed < 0 { throw ValidationError("--seed is a whole number from 0 on, found \(seed)") }
  }

  /// Packs and says what was written.
  func pack(_ name: String, _ body: () throws -> PackSummary) throws {
    do {
      let summary = try body()
      let rows = Split.allCases.map { "\(summary.rowCounts[$0] ?? 0) \($0.rawValue)" }
      print("\(output): \(name), \(rows.joined(separator: ", ")) rows, \(summary.fingerprint)")
    } catch var error as StorageError where error.kind == .exists && error.advice == nil {
      error.advice = "Give --force to replace it"
      throw error
    }
  }
}
