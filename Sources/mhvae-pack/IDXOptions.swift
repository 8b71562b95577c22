import ArgumentParser
import Packing

/// What the commands that pack IDX files have in common.
struct IDXOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The directory with the four published IDX files, compressed (.gz) or not.", valueName: "directory"))
  var input: String

  @Option(
    help: ArgumentHelp(
      "Pack only the first training rows and the first test rows, so many of each, for a quick trial.",
      valueName: "rows"))
  var limit: Int?

  @OptionGroup var options: PackingOptions

  func validate() throws {
    if let limit, limit < 10 { throw ValidationError("--limit is at least 10, found \(limit)") }
  }

  /// Packs and says what was written.
  func pack(_ source: IDXSource) throws {
    let request = PackRequest(
      input: input, output: options.output, replacing: options.force, limit: limit, seed: options.seed,
      creator: PackCommand.version)
    try options.pack(source.name) { try packIDX(source, request) }
  }
}
