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
  var speech: SpeechOptions

  /// Writes the file and says what is in it.
  func write(_ body: () throws -> PackSummary) throws {
    do {
      let summary = try body()
      let rows = Split.allCases.map { "\(summary.rowCounts[$0] ?? 0) \($0.rawValue)" }
      speech.say("\(path): \(summary.name), \(rows.joined(separator: ", ")) rows, \(summary.fingerprint)")
    } catch var error as StorageError where error.kind == .exists && error.advice == nil {
      error.advice = "Give --force to replace it"
      throw error
    }
  }
}
