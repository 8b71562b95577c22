import ArgumentParser
import CommandOptions
import Packing

struct CompleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete",
    abstract: "Keeps the rows of a packed file that lack no modality.",
    discussion: """
      For families that cannot use rows with gaps, and to compare. The splits, the order of the rows and their source \
      rows stay.

      EXAMPLE
        mhvae-pack complete gaps.h5 --output complete.h5
      """)

  @Argument(help: "A packed file.", completion: .file())
  var input: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.check(inputs: [input])
    try output.write {
      try packCompleteRows(
        CompleteRequest(
          input: input, output: output.path, replacing: output.force, creator: PackCommand.version))
    }
  }
}
