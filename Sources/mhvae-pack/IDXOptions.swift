import ArgumentParser
import Packing

/// What the commands that pack IDX files have in common.
struct IDXOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The directory with the four published IDX files, compressed (.gz) or not.", valueName: "directory"),
    completion: .directory)
  var input: String

  @Option(
    help: ArgumentHelp(
      "Pack only the first training rows and the first test rows, so many of each, for a quick trial.",
      valueName: "rows"))
  var limit: Int?

  @OptionGroup var seed: SeedOption

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let limit, limit < 10 { throw ValidationError("--limit is at least 10, found \(limit)") }
  }

  /// Packs and says what was written.
  func pack(_ source: IDXSource) throws {
    let request = PackRequest(
      input: input, output: output.path, replacing: output.force, limit: limit, seed: seed.value,
      creator: PackCommand.version)
    try output.write { try packIDX(source, request) }
  }
}
