import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Evaluation
import Runs
import Storage

struct EncodeCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Write the latents of a split to an HDF5 file.",
    discussion: """
      For every latent (core and one for each given modality, or latent where the family has a single one) the file \
      holds LATENT/mean and LATENT/logvar of its posterior, [rows, width], in the order of the packed rows.

      EXAMPLE
        mpirun -np 2 mhvae-dist encode --run runs/mnist --data mnist.h5 \\
            --split test --given image --output latents.h5
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @Option(help: ArgumentHelp("The dataset the model was trained on.", valueName: "file"), completion: .file())
  var data: String

  @Option(help: "Which split is encoded: train, validation, test.")
  var split = Split.test

  @Option(help: ArgumentHelp("What the model sees of a row: all modalities if not said.", valueName: "names"))
  var given: String?

  @Option(
    help: ArgumentHelp("The HDF5 file to write, in the place of one that is there.", valueName: "file"),
    completion: .file())
  var output: String

  @OptionGroup
  var verbosity: QuietOption

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  func validate() throws { try OutputContent.numbers.check(output, of: "what is encoded") }

  func run(in world: World) throws {
    threads.apply()
    stalls.apply(in: world)
    try world.checkRanks(options: [
      "--run": self.trained.run, "--checkpoint": self.trained.checkpointName,
      "--split": split.rawValue, "--given": given ?? "",
    ])
    try checkOutput(output, inputs: [data, self.trained.run])
    let trained = try self.trained.load(in: world)
    let model = trained.configuration.model
    let given = try given.map { try model.modalities($0, option: "--given") } ?? Array(model.modalities.indices)
    let rows = try LatentFile(trained, given: given, split: split).write(
      trained.openData(data), to: output, collectives: world.collectives)
    guard world.rank == 0 else { return }
    verbosity.say("latents of \(rows) \(split.rawValue) rows, epoch \(trained.epoch), written to \(output)")
  }
}
