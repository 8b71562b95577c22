import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import Evaluation
import Models
import Runs
import Storage

/// Trains classifiers as `train` trains models: it says which, and `train` does the rest.
struct JudgeCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge", abstract: "Train classifiers of a packed file's modalities, to measure models with.",
    discussion: """
      One network for each modality but the label, trained on training rows only; networks and epochs follow from the \
      data. Prints the part of test rows that each has right, which evaluate --judge shows beside every figure that it \
      uses one for. For other networks, change what `propose --family classifier` writes and train with --config.

      EXAMPLE
        mpirun -np 2 mhvae-dist judge --data mnist.h5 --run runs/judge
        mpirun -np 2 mhvae-dist evaluate --run runs/mnist --data mnist.h5 \\
            --judge runs/judge
      """)

  @Option(help: ArgumentHelp("A dataset made by mhvae-pack.", valueName: "file"), completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp("Where configuration, metrics and checkpoints go.", valueName: "dir"), completion: .directory)
  var run: String

  @Option(
    help: ArgumentHelp("The modality whose classes are told; the first of classes if not said.", valueName: "name"))
  var label: String?

  @Option(help: ArgumentHelp("Epochs, if not as many as the number of rows suggests.", valueName: "count"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Seed of weights and order.", valueName: "number"))
  var seed: Int?

  @Flag(name: .customLong("continue"), help: "Go on with a training that was stopped, if there is one.")
  var continues = false

  @OptionGroup
  var verbosity: QuietOption

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  func run(in world: World) throws {
    try TrainCommand.parse(trainArguments).run(in: world)
    StopSignals.uninstall()
    let judge = try Judge(try TrainedModel.load(.best, of: run, collectives: world.collectives))
    let accuracies = try judge.accuracies(try PackedDataset.open(data), collectives: world.collectives)
    guard world.rank == 0 else { return }
    for accuracy in accuracies { try printResult(accuracy.text) }
  }

  private var trainArguments: [String] {
    var arguments = [
      "--preset", TrainCommand.proposedPreset, "--family", ClassifierConfiguration.name.rawValue, "--data", data,
      "--run", run,
    ]
    if let label { arguments += ["--set", "model.label=\(label)"] }
    if let epochs { arguments += ["--epochs", "\(epochs)"] }
    if let seed { arguments += ["--seed", "\(seed)"] }
    if continues { arguments.append("--continue") }
    if verbosity.quiet { arguments.append("--quiet") }
    return arguments + ["--threads", "\(threads.threads)", "--stall-timeout", "\(stalls.stallTimeout)"]
  }
}
