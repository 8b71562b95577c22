import ArgumentParser
import CommandOptions
import Packing
import Storage

struct DropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Makes gaps in a packed file, for experiments with missing modalities.",
    discussion: """
      Each modality is dropped from exactly the given part of the rows, drawn by chance; every row keeps at least one, \
      so that two modalities at 0.5 leave no row with both, of which it warns. \
      The splits, the order of the rows and their source rows stay.

      EXAMPLE
        mhvae-pack drop fashion.h5 --fraction 0.3 --only train --output gaps.h5
      """)

  @Argument(help: "A packed file.", completion: .file())
  var input: String

  @Option(help: ArgumentHelp("The part of the rows that loses each modality.", valueName: "part"))
  var fraction: Double

  @Option(help: ArgumentHelp("What is dropped, such as top,label; all modalities if not said.", valueName: "names"))
  var modality: String?

  @Option(help: "The only split to make gaps in: train, validation or test; all if not said.")
  var only: Split?

  @Option(help: "Decides which rows lose what.")
  var seed: Int = 1

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if seed < 0 { throw ValidationError("--seed is a whole number from 0 on, found \(seed)") }
  }

  func run() throws {
    try output.check(inputs: [input])
    let request = DropRequest(
      input: input, output: output.path, replacing: output.force, fraction: fraction,
      modalities: modality.map { commaSeparated($0) } ?? [], splits: only.map { [$0] } ?? Split.allCases, seed: seed,
      creator: PackCommand.version)
    try output.write { try dropModalities(request) { PackingConsole.warn($0) } }
  }
}

extension Split: ExpressibleByArgument {}
