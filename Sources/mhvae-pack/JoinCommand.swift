import ArgumentParser
import CommandOptions
import Packing

struct JoinCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Pairs the rows of two packed files that have the same label.",
    discussion: """
      Every row of the first file is used once and keeps its split, place and source row. Its partner is drawn from \
      the same split of the second file, where no row is taken again before all others of its class. The result has \
      the other modalities of the first file, those of the second, and the label.

      With --outer no row is lost: rows without a partner lack the modalities of the other file, and rows of the \
      second file that were not drawn come last.

      EXAMPLE
        mhvae-pack join mnist.h5 fashion.h5 --on label --names digit,garment \\
            --output pairs.h5
      """)

  @Argument(help: "The packed file whose rows are used once each.", completion: .file())
  var first: String

  @Argument(help: "The packed file that lends rows with the same label.", completion: .file())
  var second: String

  @Option(help: ArgumentHelp("The classes that both files have.", valueName: "name"))
  var on: String

  @Option(
    help: ArgumentHelp(
      "New names of the other modalities, those of the first file and then those of the second. Needed if both use "
        + "the same.", valueName: "names"))
  var names: String?

  @Flag(help: "Keep rows without a partner, with gaps.")
  var outer = false

  @Option(help: "Decides which rows meet.")
  var seed: Int = 1

  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.check(inputs: [first, second])
    let request = JoinRequest(
      first: first, second: second, output: output.path, replacing: output.force, label: on,
      names: names.map { commaSeparated($0) }, isOuter: outer, seed: seed, creator: PackCommand.version)
    try output.write { try joinDatasets(request) { output.verbosity.say("note: \($0)") } }
  }
}
