import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Evaluation
import Runs
import Storage

struct TranslateCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Show what the model imagines of one modality when it sees others.",
    discussion: """
      A picture becomes a PNG: what was given where it is a picture of the same size, the original, then one strip for \
      each draw. Anything else becomes a table, with every latent at its mean.

      EXAMPLES
        mpirun -np 2 mhvae-dist translate --run runs/mnist --data mnist.h5 \\
            --from image --to label
        mhvae-dist translate --run runs/mnist --data mnist.h5 --from label \\
            --to image --output digits.png
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @OptionGroup
  var rows: RowOptions

  @Option(help: ArgumentHelp("What the model sees of a row, such as image or top,label.", valueName: "names"))
  var from: String

  @Option(help: ArgumentHelp("The modality to decode.", valueName: "name"))
  var to: String

  @Option(help: ArgumentHelp("How often a picture is imagined.", valueName: "count"))
  var draws = 4

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The file to write, in the place of one that is there; a table is printed if none is named.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  func validate() throws {
    guard (1...Generator.blockDraws).contains(draws) else {
      throw ValidationError("--draws must be from 1 to \(Generator.blockDraws).")
    }
  }

  func run(in world: World) throws {
    threads.apply()
    stalls.apply(in: world)
    try world.checkRanks(options: [
      "--run": self.trained.run, "--checkpoint": self.trained.checkpointName,
      "--split": rows.split.rawValue, "--first-row": "\(rows.firstRow)", "--count": "\(rows.count ?? 0)",
      "--from": from, "--to": to, "--draws": "\(draws)", "--seed": "\(seed)",
    ])
    try checkOutput(output, inputs: [rows.data, self.trained.run])
    let trained = try self.trained.load(in: world)
    let model = trained.configuration.model
    let view = Translation(
      trained, from: try model.modalities(from, option: "--from"), to: try model.modality(to, option: "--to"))
    try view.show(rows, draws: draws, form: form, seed: seed, output: output, in: world)
  }
}
