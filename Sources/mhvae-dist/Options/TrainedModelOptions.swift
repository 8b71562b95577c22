import ArgumentParser
import Communication
import Configuration
import Console
import Models
import Runs
import Storage

/// Which trained model a command works on.
struct TrainedModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The run's directory, or a file that export wrote.", valueName: "dir or file"),
    completion: .file())
  var run: String

  @Option(
    help: ArgumentHelp(
      "Which checkpoint of the run: last, best, or the number of an epoch. The last if not said.", valueName: "which"),
    completion: .list(["last", "best"]))
  var checkpoint: CheckpointChoice?

  /// Which checkpoint, as on the command line.
  var checkpointName: String { checkpoint.map { "\($0)" } ?? "last" }

  /// The model, on every rank. Collective.
  /// - Parameter acceptsClassifiers: whether it may be one with which there is nothing to generate.
  /// - Throws: `CommandError` when it is a classifier and may not; what loading throws.
  func load(in world: World, acceptsClassifiers: Bool = false) throws -> TrainedModel {
    let trained = try TrainedModel.load(checkpoint, of: run, collectives: world.collectives)
    guard trained.configuration.model.isGenerative || acceptsClassifiers else {
      throw CommandError(
        "\(run) holds classifiers, which measure other models: mhvae-dist evaluate --run RUN --judge \(shellWord(run))")
    }
    return trained
  }
}

extension CheckpointChoice: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "last": self = .last
    case "best": self = .best
    default:
      guard let epoch = Int(argument), epoch > 0 else { return nil }
      self = .epoch(epoch)
    }
  }
}

extension RunConfiguration {
  /// The preset that this configuration's model is, unchanged but for what latents are proposed from.
  var paperSetup: String? {
    let preset = try? ConfigurationSource(preset: name, family: model.family.name).resolve()
    return preset?.model == model.asPublished ? name : nil
  }
}
