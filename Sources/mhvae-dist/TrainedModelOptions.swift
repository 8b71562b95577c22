import ArgumentParser
import Communication
import Configuration
import Storage
import Training

/// Which trained model a command works on.
struct TrainedModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The run's directory.", valueName: "dir"))
  var run: String

  @Option(help: ArgumentHelp("Which checkpoint: last, best, or the number of an epoch.", valueName: "which"))
  var checkpoint: CheckpointChoice = .last

  /// The model, on every rank. Collective.
  func load(in world: World) throws -> TrainedModel {
    try TrainedModel.load(checkpoint, of: RunDirectory(run), collectives: world.collectives)
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

  public var defaultValueDescription: String { "last" }
}

extension RunConfiguration {
  /// The preset that this configuration's model is, unchanged.
  var paperSetup: String? {
    let preset = try? ConfigurationSource(preset: name, family: model.family.name).resolve()
    return preset?.model == model ? name : nil
  }
}

extension TrainedModel {
  /// Refuses data that is not what the model was trained on.
  func check(_ dataset: borrowing PackedDataset) throws {
    try dataset.check(against: configuration.model)
    guard dataset.fingerprint == dataFingerprint else {
      throw TrainingError(
        "the run was trained on other data: its fingerprint is \(dataFingerprint), "
          + "that of \(dataset.path) is \(dataset.fingerprint)")
    }
  }
}
