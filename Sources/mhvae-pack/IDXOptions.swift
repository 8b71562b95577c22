import ArgumentParser
import Packing
import Storage

/// What the commands that pack IDX files have in common.
struct IDXOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The directory with the four published IDX files, compressed (.gz) or not.", valueName: "directory"))
  var input: String

  @Option(help: ArgumentHelp("The file to write. It appears only when it is complete.", valueName: "file"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Pack only the first training rows and the first test rows, so many of each, for a quick trial.",
      valueName: "rows"))
  var limit: Int?

  @Option(help: "Decides which tenth of the training rows is for validation, and the order of the others.")
  var seed: Int = 1

  @Flag(help: "Replace the output if it exists.")
  var force = false

  func validate() throws {
    if let limit, limit < 10 { throw ValidationError("--limit is at least 10, found \(limit)") }
    if seed < 0 { throw ValidationError("--seed is a whole number from 0 on, found \(seed)") }
  }

  /// Packs and says what was written.
  func pack(_ source: IDXSource) throws {
    let request = PackRequest(
      input: input, output: output, replacing: force, limit: limit, seed: seed, creator: PackCommand.version)
    do {
      let summary = try packIDX(source, request)
      let rows = Split.allCases.map { "\(summary.rowCounts[$0] ?? 0) \($0.rawValue)" }
      print("\(output): \(source.name), \(rows.joined(separator: ", ")) rows, \(summary.fingerprint)")
    } catch var error as StorageError where error.kind == .exists && error.advice == nil {
      error.advice = "Give --force to replace it"
      throw error
    }
  }
}
