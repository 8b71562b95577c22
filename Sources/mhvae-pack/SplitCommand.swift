import ArgumentParser
import Packing

struct SplitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Replaces the pictures of a packed file by parts, each a modality of its own.",
    discussion: """
      The parts are of equal size. Everything else stays as it is: the other modalities, the splits, the order of the \
      rows and their source rows.

      EXAMPLE
        mhvae-pack split fashion.h5 --modality image --into top,bottom \\
            --output halves.h5
      """)

  @Argument(help: "A packed file.", completion: .file())
  var input: String

  @Option(help: ArgumentHelp("The pictures to split.", valueName: "name"))
  var modality: String

  @Option(help: ArgumentHelp("The names of two parts or more, from the top or from the left.", valueName: "names"))
  var into: String

  @Option(help: "The axis to cut: height or width.")
  var axis: SplitRequest.Axis = .height

  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.check(inputs: [input])
    let request = SplitRequest(
      input: input, output: output.path, replacing: output.force, modality: modality, parts: commaSeparated(into),
      axis: axis, creator: PackCommand.version)
    try output.write { try splitImage(request) }
  }
}

extension SplitRequest.Axis: ExpressibleByArgument {}

/// The words of a list such as `top,bottom`.
func commaSeparated(_ text: String) -> [String] {
  text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
}
