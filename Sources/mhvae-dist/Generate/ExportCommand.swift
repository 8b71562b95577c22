import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Runs

struct ExportCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained model as one safetensors file.",
    discussion: """
      The file holds parameters and running statistics, and in its metadata the configuration. Every command that takes \
      --run takes such a file, too, and so does Python's safetensors.

      EXAMPLE
        mhvae-dist export --run runs/mnist --checkpoint best \\
            --output mnist.safetensors
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @Option(
    help: ArgumentHelp("The safetensors file to write, in the place of one that is there.", valueName: "file"),
    completion: .file())
  var output: String

  @OptionGroup
  var verbosity: QuietOption

  func validate() throws { try OutputContent.model.check(output, of: "the model") }

  func run(in world: World) throws {
    try checkOutput(output, inputs: [self.trained.run])
    let trained = try self.trained.load(in: world, acceptsClassifiers: true)
    guard world.rank == 0 else { return }
    try ModelFile.write(trained, to: output)
    let count = trained.parameterCount
    verbosity.say("\(trained.configuration.name), epoch \(trained.epoch), \(count) parameters, written to \(output)")
  }
}
