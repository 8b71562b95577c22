import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Evaluation
import Runs
import Storage

struct ReconstructCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconstruct", abstract: "Show rows of the data above what the model makes of them.",
    discussion: """
      Every latent is at the mean of its distribution. A picture becomes a PNG, originals above reconstructions; \
      anything else a table.

      EXAMPLES
        mhvae-dist reconstruct --run runs/mnist --data mnist.h5 --output digits.png
        mhvae-dist reconstruct --run runs/mnist --data mnist.h5 --given image \\
            --modality label
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @OptionGroup
  var rows: RowOptions

  @Option(help: ArgumentHelp("What the model sees of a row: all modalities if not said.", valueName: "names"))
  var given: String?

  @Option(help: ArgumentHelp("What is reconstructed: the first picture if not said.", valueName: "name"))
  var modality: String?

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

  func run(in world: World) throws {
    threads.apply()
    stalls.apply(in: world)
    try world.checkRanks(options: [
      "--run": self.trained.run, "--checkpoint": self.trained.checkpointName,
      "--split": rows.split.rawValue, "--first-row": "\(rows.firstRow)", "--count": "\(rows.count ?? 0)",
      "--given": given ?? "", "--modality": modality ?? "",
    ])
    try checkOutput(output, inputs: [rows.data, self.trained.run])
    let trained = try self.trained.load(in: world)
    let model = trained.configuration.model
    let all = Array(model.modalities.indices)
    let view = Translation(
      trained, from: try given.map { try model.modalities($0, option: "--given") } ?? all,
      to: try modality.map { try model.modality($0, option: "--modality") } ?? model.pictures.first ?? 0)
    try view.show(rows, draws: nil, form: form, seed: 0, output: output, in: world)
  }
}
