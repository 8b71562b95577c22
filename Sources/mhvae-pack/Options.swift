import ArgumentParser
import CommandOptions
import Packing
import Storage

/// What the commands that write a packed file have in common.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("The file to write. It appears only when it is complete.", valueName: "file"),
    completion: .file())
  var path: String

  @Flag(help: "Replace the output if it exists.")
  var force = false

  @OptionGroup
  var verbosity: QuietOption

  /// Writes the file and prints its contents.
  func write(_ body: () throws -> PackSummary) throws {
    do {
      let summary = try body()
      let rows = Split.allCases.map { "\(summary.rowCounts[$0] ?? 0) \($0.rawValue)" }
      verbosity.say("\(path): \(summary.name), \(rows.joined(separator: ", ")) rows, \(summary.fingerprint)")
    } catch var error as StorageError where error.kind == .exists && error.advice == nil {
      error.advice = "Give --force to replace it"
      throw error
    }
  }
}

/// What the commands that draw a split or an order have in common.
struct SeedOption: ParsableArguments {
  @Option(
    name: .customLong("seed"), help: "Decides the rows of a split that is drawn, and the order of the training rows.")
  var value: Int = 1

  func validate() throws {
    if value < 0 { throw ValidationError("--seed is a whole number from 0 on, found \(value)") }
  }
}
